//! Which of two programs takes a page over in the browser: what somebody needs who wants to deploy is one, what comes
//! afterwards the other, so that a first visit does not load what it will not show. Both are this crate, compiled twice.

use leptos::prelude::*;

/// A program that browsers load: `NAME.js` and `NAME_bg.wasm`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// The overview, the list of runs and the wizard.
    Wizard,
    /// Everything else.
    Watch,
}

impl Program {
    /// The program of the page at an address.
    pub fn at(path: &str) -> Self {
        if matches!(path, "/" | "/runs") || path.starts_with("/deploy") { Self::Wizard } else { Self::Watch }
    }

    /// Its files' name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wizard => "wizard",
            Self::Watch => "watch",
        }
    }

    /// Whether this is it. The server has the pages of both.
    #[inline(always)]
    const fn is_here(self) -> bool {
        match self {
            Self::Wizard => cfg!(any(feature = "ssr", feature = "wizard")),
            Self::Watch => cfg!(any(feature = "ssr", feature = "watch")),
        }
    }

    /// A page of this program. In the other one it is not there at all: who goes there by a link within the program
    /// gets the page from the server, and with it its own program.
    // Drawn into the caller, where it is a constant which of the two is left.
    #[inline(always)]
    pub(crate) fn page<V: IntoView + 'static>(self, page: impl FnOnce() -> V) -> AnyView {
        if self.is_here() { page().into_any() } else { fetched() }
    }
}

fn fetched() -> AnyView {
    // The router writes the address down after it has made the page.
    Effect::new(|_| {
        set_timeout(
            || {
                // It fails where a page may not be loaded again, which no browser says of one without a frame.
                let _ = window().location().reload();
            },
            std::time::Duration::ZERO,
        );
    });
    ().into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_to_a_deployment_is_one_program() {
        for path in ["/", "/runs", "/deploy", "/deploy/vm", "/deploy/finish"] {
            assert_eq!(Program::at(path), Program::Wizard, "{path}");
        }
        for path in ["/runs/20261121-060000-aa11", "/health", "/nodes", "/anything"] {
            assert_eq!(Program::at(path), Program::Watch, "{path}");
        }
    }
}
