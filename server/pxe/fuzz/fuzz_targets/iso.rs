//! Images of installation media: every directory, and what would be taken from them.
#![no_main]

use hosted_deploy_pxe::image::iso::{Entry, Iso, ReadAt};
use hosted_deploy_pxe::image::recognise::recognise;
use libfuzzer_sys::fuzz_target;
use std::io;

/// Nothing reads the first 16 sectors: they are not made up by the fuzzer.
const BEFORE: u64 = 16 * 2048;

struct Behind<'a>(&'a [u8]);

impl ReadAt for Behind<'_> {
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        match offset.checked_sub(BEFORE) {
            Some(offset) => self.0.read_exact_at(buffer, offset),
            None if offset + buffer.len() as u64 <= BEFORE => {
                buffer.fill(0);
                Ok(())
            }
            None => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    fn length(&self) -> io::Result<u64> {
        Ok(BEFORE + self.0.len() as u64)
    }
}

fn walk<R: ReadAt>(iso: &Iso<R>, directory: &Entry, length: u64, left: &mut u32, depth: u32) {
    let mut folders = Vec::new();
    let _ = iso.visit(directory, |entry| {
        assert!(!entry.name.is_empty() && !entry.name.contains(['/', '\0']) && entry.name != "..");
        assert!(entry.extent.offset.checked_add(entry.extent.length).is_some_and(|end| end <= length), "outside the image");
        if entry.directory {
            folders.push(entry);
        }
    });
    for folder in folders {
        if *left == 0 || depth == 0 {
            return;
        }
        *left -= 1;
        walk(iso, &folder, length, left, depth - 1);
    }
}

fuzz_target!(|data: &[u8]| {
    let Ok(iso) = Iso::open(Behind(data)) else { return };
    walk(&iso, &iso.root(), BEFORE + data.len() as u64, &mut 64, 8);
    let _ = recognise(&iso);
});
