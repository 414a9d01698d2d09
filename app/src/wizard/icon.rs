//! The few icons, drawn in. Each stands beside a word; none speaks alone.

use leptos::prelude::*;

/// A shape.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Icon {
    Error,
    Warning,
    Info,
    Good,
    Unknown,
    Caret,
    Eye,
}

/// Draws it, as large as the text.
pub(crate) fn icon(icon: Icon) -> impl IntoView {
    let path = match icon {
        Icon::Error => "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Zm1 11H7v-2h2v2Zm0-3.5H7V4h2v4.5Z",
        Icon::Warning => "M8 1 0 15h16L8 1Zm1 12H7v-2h2v2Zm0-3H7V6h2v4Z",
        Icon::Info => "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Zm1 11H7V7h2v5Zm0-6H7V4h2v2Z",
        Icon::Good => "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Zm-1 10.4L3.6 8 5 6.6l2 2 4-4L12.4 6 7 11.4Z",
        Icon::Unknown => {
            "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Zm1 11H7v-2h2v2Zm.6-4.2c-.5.4-.6.6-.6 1.2H7c0-1.300.5-1.900 1.200-2.400.6-.5.9-.7.9-1.200 0-.6-.4-1-1.100-1-.7 0-1.100.4-1.200 1.100H4.900C5 4.100 6.200 3 8.100 3c1.900 0 3.100 1 3.100 2.500 0 1.200-.8 1.700-1.600 2.300Z"
        }
        Icon::Caret => "M3 6h10l-5 5z",
        Icon::Eye => {
            "M8 3C4.500 3 1.700 5 0 8c1.700 3 4.500 5 8 5s6.300-2 8-5c-1.700-3-4.500-5-8-5Zm0 8a3 3 0 1 1 0-6 3 3 0 0 1 0 6Z"
        }
    };
    view! {
        <svg class="hd-icon" viewBox="0 0 16 16" width="1em" height="1em" fill="currentColor" aria-hidden="true">
            <path d=path />
        </svg>
    }
}
