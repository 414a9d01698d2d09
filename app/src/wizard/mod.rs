//! The deploy wizard: a form drawn from the model's table of fields, judged by the model's rules, kept on the server.

pub mod api;
