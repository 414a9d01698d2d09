//! Importing installation media: what is found, what is kept, and that nothing is left when it fails.

#![allow(clippy::unwrap_used, reason = "a test that cannot prepare itself fails")]

mod media;

use hosted_deploy_pxe::image::import::{ImportError, Options, Progress, import};
use hosted_deploy_pxe::image::{Image, Images, Kind, Part, Trouble};
use media::Names;
use std::fs;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::atomic::AtomicBool;

fn images(folder: &Path) -> Images {
    Images::open(folder.join("images")).unwrap()
}

fn import_it(images: &Images, iso: &Path) -> Result<Image, ImportError> {
    import(images, iso, &Options::default(), &AtomicBool::new(false), &mut |_| {})
}

fn bytes(images: &Images, name: &str) -> Vec<u8> {
    let located = images.locate(name).unwrap_or_else(|| panic!("{name} is not served"));
    let mut bytes = vec![0; usize::try_from(located.length).unwrap()];
    fs::File::open(located.path).unwrap().read_exact_at(&mut bytes, located.offset).unwrap();
    bytes
}

fn names_in(folder: &Path) -> Vec<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn rhvh_is_imported_whatever_its_package_is_compressed_with() {
    if !media::can_be_made() {
        return;
    }
    for (payload, names) in
        [("w2.xzdio", Names::RockRidge), ("w19.zstdio", Names::Joliet), ("w9.gzdio", Names::RockRidge)]
    {
        let folder = tempfile::tempdir().unwrap();
        let iso = media::rhvh(folder.path(), payload, names);
        let images = images(folder.path());
        let image = import_it(&images, &iso).unwrap();
        assert_eq!((image.kind, image.release), (Kind::Rhvh, Some(8)), "{payload}");
        assert_eq!(image.name, "rhvh-4.4.10-20220308.0");
        assert_eq!(image.file(Part::Squashfs).unwrap().sha256, media::sha256(&media::hypervisor()), "{payload}");
        assert!(image.file(Part::Kernel).unwrap().confirmed && image.file(Part::Squashfs).unwrap().confirmed);
        assert_eq!(bytes(&images, &image.url_path("squashfs.img")), media::hypervisor());
        assert_eq!(bytes(&images, &image.url_path("vmlinuz")), b"kernel ".repeat(3000));
        assert_eq!(bytes(&images, &image.url_path("tree/images/install.img")), b"stage2 ".repeat(2000));
        assert_eq!(bytes(&images, &image.url_path("tree/.treeinfo"))[..11], *b"[checksums]");
        assert_eq!(bytes(&images, &image.url_path("tree/EFI/BOOT/grubx64.efi")), b"grub");
        images.verify(&image).unwrap();
        assert_eq!(images.list().unwrap(), [image]);
    }
}

#[test]
fn ovirt_node_s_image_is_served_out_of_the_iso() {
    if !media::can_be_made() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let iso = media::ovirt_node(folder.path());
    let images = images(folder.path());
    let image = import_it(&images, &iso).unwrap();
    assert_eq!((image.kind, image.version.as_str(), image.release), (Kind::OvirtNode, "4.5.5", Some(9)));
    assert_eq!(bytes(&images, &image.url_path("squashfs.img")), media::hypervisor());
    assert_eq!(names_in(&folder.path().join("images").join(&image.name)), ["image.json"]);
}

#[test]
fn enterprise_linux_has_its_repositories() {
    if !media::can_be_made() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let iso = media::enterprise_linux(folder.path());
    let images = images(folder.path());
    let image = import_it(&images, &iso).unwrap();
    assert_eq!((image.kind, image.release), (Kind::El, Some(9)));
    assert_eq!(image.repositories, ["AppStream", "BaseOS"]);
    assert_eq!(bytes(&images, &image.url_path("tree/AppStream/Packages/a/a-1.0-1.el9.x86_64.rpm")), b"package");
}

#[test]
fn esxi_is_recognised_by_its_boot_cfg() {
    if !media::can_be_made() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let iso = media::esxi(folder.path());
    let images = images(folder.path());
    let image = import_it(&images, &iso).unwrap();
    assert_eq!((image.kind, image.version.as_str()), (Kind::Esxi, "8.0.2"));
    assert_eq!(bytes(&images, &image.url_path("tree/jumpstrt.gz")), b"module");
    assert_eq!(bytes(&images, &image.url_path("mboot.c32")), b"loader");
}

#[test]
fn nothing_is_left_of_an_import_that_fails_or_is_stopped() {
    if !media::can_be_made() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let iso = media::rhvh(folder.path(), "w9.gzdio", Names::RockRidge);
    let images = images(folder.path());
    let kept = folder.path().join("images");

    let stopped = import(&images, &iso, &Options::default(), &AtomicBool::new(true), &mut |_| {});
    assert!(matches!(stopped, Err(ImportError::Stopped)));

    // One bit of the package, in the middle of the compressed archive.
    let whole = fs::read(&iso).unwrap();
    let start = whole.windows(4).position(|four| four == [0xed, 0xab, 0xee, 0xdb]).unwrap();
    let mut damaged = whole.clone();
    damaged[start + 600_000] ^= 1;
    fs::write(folder.path().join("damaged.iso"), &damaged).unwrap();
    let error = import_it(&images, &folder.path().join("damaged.iso")).unwrap_err();
    assert!(matches!(error, ImportError::Package { .. }), "{error:?}");

    // One bit of the kernel, whose checksum .treeinfo names.
    let kernel = whole.windows(14).position(|some| some == b"kernel kernel ").unwrap();
    let mut damaged = whole.clone();
    damaged[kernel + 9000] ^= 1;
    fs::write(folder.path().join("kernel.iso"), &damaged).unwrap();
    let error = import_it(&images, &folder.path().join("kernel.iso")).unwrap_err().to_string();
    assert!(error.contains("images/pxeboot/vmlinuz") && error.contains("download the ISO again"), "{error}");

    fs::write(folder.path().join("cut.iso"), &whole[..whole.len() / 2]).unwrap();
    assert!(import_it(&images, &folder.path().join("cut.iso")).is_err());
    fs::write(folder.path().join("text.iso"), "not an image").unwrap();
    let error = import_it(&images, &folder.path().join("text.iso")).unwrap_err().to_string();
    assert!(error.contains("no ISO 9660 image"), "{error}");

    assert_eq!(names_in(&kept), Vec::<String>::new());
}

#[test]
fn what_a_killed_import_left_is_removed_and_a_running_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let left = folder.path().join("images/.import-left");
    let running = folder.path().join("images/.import-running");
    for path in [&left, &running] {
        fs::create_dir_all(path).unwrap();
        fs::write(path.join("lock"), "").unwrap();
    }
    let lock = fs::File::open(running.join("lock")).unwrap();
    lock.lock().unwrap();
    images(folder.path());
    assert!(!left.exists() && running.exists());
}

#[test]
fn a_name_is_taken_once_and_replaced_on_demand() {
    if !media::can_be_made() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let iso = media::ovirt_node(folder.path());
    let images = images(folder.path());
    let named = |name: &str, replace| {
        let options = Options { name: Some(name.to_owned()), replace, now: 7 };
        import(&images, &iso, &options, &AtomicBool::new(false), &mut |_| {})
    };
    named("node", false).unwrap();
    assert!(named("node", false).unwrap_err().to_string().contains("--replace"));
    assert_eq!(named("node", true).unwrap().imported, 7);
    assert!(matches!(named("../node", false), Err(ImportError::Name(_))));
    assert_eq!(names_in(&folder.path().join("images")), ["node"]);
    images.remove("node").unwrap();
    assert_eq!(images.list().unwrap(), []);
}

#[test]
fn an_iso_that_changed_is_not_served() {
    if !media::can_be_made() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let iso = media::ovirt_node(folder.path());
    let images = images(folder.path());
    let image = import_it(&images, &iso).unwrap();
    assert!(images.locate(&image.url_path("vmlinuz")).is_some());
    fs::OpenOptions::new().append(true).open(&iso).unwrap().set_len(image.iso_length + 2048).unwrap();
    assert!(matches!(images.verify(&image), Err(Trouble::IsoChanged { .. })));
    assert_eq!(images.locate(&image.url_path("vmlinuz")), None);
}

#[test]
fn names_outside_an_image_are_not_served() {
    if !media::can_be_made() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let iso = media::ovirt_node(folder.path());
    let images = images(folder.path());
    let name = import_it(&images, &iso).unwrap().name;
    for path in [
        "",
        "vmlinuz",
        "../images/x",
        "other/vmlinuz",
        &format!("{name}/image.json"),
        &format!("{name}/tree"),
        &format!("{name}/tree/"),
        &format!("{name}/tree/images"),
        &format!("{name}/tree/../../etc/passwd"),
    ] {
        assert_eq!(images.locate(path), None, "{path}");
    }
}

#[test]
fn progress_grows_to_the_whole() {
    if !media::can_be_made() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let iso = media::rhvh(folder.path(), "w2.xzdio", Names::Plain);
    let images = images(folder.path());
    let mut seen = Vec::new();
    let mut tell = |progress: Progress<'_>| seen.push((progress.done, progress.total));
    // Plain names are cut to 31 characters: the package is not recognised, all else is.
    let image = import(&images, &iso, &Options::default(), &AtomicBool::new(false), &mut tell).unwrap();
    assert_eq!(image.kind, Kind::El);
    assert!(seen.windows(2).all(|two| two[0].0 <= two[1].0));
    let (done, total) = seen.last().unwrap();
    assert_eq!(done, total);
}
