//! Archives beside a listing as a package's header gives it.
#![no_main]

use hosted_deploy_pxe::image::cpio::{Archive, Listed};
use libfuzzer_sys::fuzz_target;
use std::io::Read as _;

fuzz_target!(|data: &[u8]| {
    let listing = [("/usr/a", 5), ("/usr/b", 0), ("/usr/c", u64::MAX)];
    let listing = listing.map(|(name, size)| Listed { name: name.into(), size, sha256: None });
    let mut archive = Archive::new(data, listing.to_vec());
    let mut whole = Vec::new();
    while let Ok(Some(member)) = archive.next_member() {
        assert!(!member.name.starts_with('/'));
        whole.clear();
        if archive.read_to_end(&mut whole).is_ok() {
            assert_eq!(whole.len() as u64, member.size);
        }
    }
});
