//! Installation images.
pub mod cpio;
pub mod iso;
pub mod rpm;
