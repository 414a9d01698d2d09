//! The pages of hosted-deploy: rendered on the server (`ssr`), alive in the browser (`hydrate`).
//!
//! Behind the login everything is one [`App`]; [`api`] is what it asks the server. What comes before the login ([`plain`]) is
//! HTML without a script. All texts are in [`texts`].

// The view's types are deep; each crate that makes one must allow for it.
#![recursion_limit = "512"]
#![allow(unreachable_pub, reason = "`#[component]` makes its functions public, whatever the source says")]

pub mod api;
mod boxes;
pub mod cleanup;
mod console;
mod copying;
mod frame;
pub mod health;
mod idle;
mod lean;
mod live;
mod logs;
pub mod nodes;
mod overview;
#[cfg(feature = "ssr")]
pub mod plain;
pub mod preferences;
mod program;
pub mod refused;
pub mod run;
mod runs;
#[cfg(any(feature = "ssr", feature = "hydrate"))]
mod shell;
mod stream;
pub mod texts;
pub mod wizard;

pub use frame::App;
pub use program::Program;
#[cfg(feature = "ssr")]
pub use shell::document;

/// Takes over the page that the server rendered.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    let preferences = shell::read_preferences();
    leptos::mount::hydrate_body(move || {
        leptos::prelude::provide_context(preferences);
        App()
    });
    shell::mark_alive();
}
