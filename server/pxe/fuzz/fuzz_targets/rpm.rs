//! Packages, from the lead to the last member.
#![no_main]

use hosted_deploy_pxe::image::rpm;
use libfuzzer_sys::fuzz_target;
use std::io::Read as _;

fuzz_target!(|data: &[u8]| {
    let Ok(mut archive) = rpm::open(data) else { return };
    let mut buffer = [0; 4096];
    for _ in 0..64 {
        let Ok(Some(member)) = archive.next_member() else { return };
        let mut read = 0;
        while let Ok(count @ 1..) = archive.read(&mut buffer) {
            read += count as u64;
            assert!(read <= member.size, "more than the member has");
            if read > 1 << 20 {
                return;
            }
        }
    }
});
