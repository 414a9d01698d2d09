//! The few things that only a browser can do. On the server they do nothing.

#[cfg(feature = "hydrate")]
use leptos::prelude::*;

/// Puts the keyboard's focus on an element, and opens what it is folded into.
pub(crate) fn focus(id: &str) {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::JsCast;
        let id = id.to_owned();
        // After the page has followed the signals.
        request_animation_frame(move || {
            let Some(element) = document().get_element_by_id(&id) else { return };
            let mut around = element.closest("details").ok().flatten();
            while let Some(details) = around {
                let _ = details.set_attribute("open", "");
                around = details.parent_element().and_then(|parent| parent.closest("details").ok().flatten());
            }
            if let Some(element) = element.dyn_ref::<web_sys::HtmlElement>() {
                element.scroll_into_view();
                let _ = element.focus();
            }
        });
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = id;
}

/// Leaves for another page.
pub(crate) fn go(address: &str) {
    #[cfg(feature = "hydrate")]
    let _ = window().location().assign(address);
    #[cfg(not(feature = "hydrate"))]
    let _ = address;
}

/// Milliseconds since 1970; 0 on the server.
pub(crate) fn now() -> f64 {
    #[cfg(feature = "hydrate")]
    return js_sys::Date::now();
    #[cfg(not(feature = "hydrate"))]
    0.0
}

/// A byte that nobody needs to be unable to guess.
pub(crate) fn any_byte() -> u8 {
    #[cfg(feature = "hydrate")]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 255")]
    return (js_sys::Math::random() * 256.0) as u8;
    #[cfg(not(feature = "hydrate"))]
    0
}

/// Keeps a text in this tab alone, until it is taken or the tab is closed.
pub(crate) fn keep(name: &str, text: &str) {
    // It fails where there is no room, or where the browser keeps nothing.
    #[cfg(feature = "hydrate")]
    if let Ok(Some(storage)) = window().session_storage() {
        let _ = storage.set_item(name, text);
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (name, text);
}

/// Takes out what was kept.
pub(crate) fn take(name: &str) -> Option<String> {
    #[cfg(feature = "hydrate")]
    {
        let storage = window().session_storage().ok()??;
        let text = storage.get_item(name).ok()??;
        let _ = storage.remove_item(name);
        Some(text)
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = name;
        None
    }
}

/// Hands a text to the browser as a file to keep.
pub(crate) fn save_file(name: &str, text: &str) {
    #[cfg(feature = "hydrate")]
    {
        use wasm_bindgen::JsCast;
        let parts = js_sys::Array::of1(&text.into());
        let Ok(blob) = web_sys::Blob::new_with_str_sequence(&parts) else { return };
        let Ok(address) = web_sys::Url::create_object_url_with_blob(&blob) else { return };
        let link = document().create_element("a").ok();
        if let Some(link) = link.and_then(|link| link.dyn_into::<web_sys::HtmlAnchorElement>().ok()) {
            link.set_href(&address);
            link.set_download(name);
            link.click();
        }
        // The browser has taken it by then.
        let gone = move || drop(web_sys::Url::revoke_object_url(&address));
        set_timeout(gone, std::time::Duration::from_secs(60));
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (name, text);
}

/// The last chance to send something when the page goes away. Same origin, so the cookie goes along.
pub(crate) fn send_at_the_end(address: &str, json: &str) {
    #[cfg(feature = "hydrate")]
    {
        let parts = js_sys::Array::of1(&json.into());
        let kind = web_sys::BlobPropertyBag::new();
        kind.set_type("application/json");
        if let Ok(blob) = web_sys::Blob::new_with_str_sequence_and_options(&parts, &kind) {
            let _ = window().navigator().send_beacon_with_opt_blob(address, Some(&blob));
        }
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (address, json);
}

/// Calls when the page is hidden: the last moment that every browser tells of.
pub(crate) fn when_hidden(call: impl Fn() + 'static) {
    #[cfg(feature = "hydrate")]
    {
        let handle = window_event_listener_untyped("pagehide", move |_| call());
        on_cleanup(move || handle.remove());
    }
    #[cfg(not(feature = "hydrate"))]
    drop(call);
}
