//! JSON between page and server, read in the browser with little code ([`hosted_deploy_model::json`]).

use hosted_deploy_model::json;
use leptos::prelude::SharedValue;
use leptos::server::codee::{Decoder, Encoder};
use leptos::server_fn::codec::Post;
use leptos::server_fn::{Bytes, ContentType, Decodes, Encodes, Format, FormatType};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Error;

/// The output of a server function: `#[server(…, output = Lean)]`.
pub type Lean = Post<LeanJson>;

/// The encoding.
#[derive(Debug)]
pub struct LeanJson;

impl ContentType for LeanJson {
    const CONTENT_TYPE: &'static str = "application/json";
}

impl FormatType for LeanJson {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for LeanJson {
    type Error = Error;

    fn encode(output: &T) -> Result<Bytes, Error> {
        serde_json::to_vec(output).map(Bytes::from)
    }
}

impl<T: DeserializeOwned> Decodes<T> for LeanJson {
    type Error = Error;

    fn decode(bytes: Bytes) -> Result<T, Error> {
        json::read(&bytes)
    }
}

impl<T: Serialize> Encoder<T> for LeanJson {
    type Error = Error;
    type Encoded = String;

    fn encode(value: &T) -> Result<String, Error> {
        serde_json::to_string(value)
    }
}

impl<T: DeserializeOwned> Decoder<T> for LeanJson {
    type Error = Error;
    type Encoded = str;

    fn decode(text: &str) -> Result<T, Error> {
        json::read(text.as_bytes())
    }
}

/// A value that is made with the page on the server; in the browser the page brings it along.
pub(crate) fn of_this_page<T: Serialize + DeserializeOwned>(made: impl FnOnce() -> T) -> T {
    SharedValue::<T, LeanJson>::new_with_encoding(made).into_inner()
}
