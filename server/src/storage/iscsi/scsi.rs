//! What SCSI tells of a LUN (SPC-5, SBC-4): its identity, its size, its first bytes. Only commands that read.

use super::connection::{Connection, Refusal};
use super::pdu::number;
use hosted_deploy_model::storage::{
    Content, ContentKind, Lun, PortalFault, VolumeGroup, lun_id, lvm_label, lvm_metadata, signatures,
};
use tokio::io::{AsyncRead, AsyncWrite};

/// More LUNs than this behind one target are not looked at.
const MOST_LUNS: usize = 256;
const HEAD_BYTES: u64 = 128 << 10;
const MIB: u64 = 1 << 20;
/// LVM keeps several versions of its metadata; one of a group with a thousand volumes has some hundred KiB.
const MOST_METADATA: u64 = 1 << 20;

/// The addresses of all LUNs.
pub(super) async fn addresses<S>(connection: &mut Connection<S>) -> Result<Vec<[u8; 8]>, PortalFault>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let length = 8 + 8 * u32::try_from(MOST_LUNS).unwrap_or_default();
    let mut cdb = [0; 12];
    cdb[0] = 0xa0;
    cdb[6..10].copy_from_slice(&length.to_be_bytes());
    let data = connection.read([0; 8], &cdb, length).await.map_err(fault)?;
    let listed = number(&data, 0, 4).and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or_default();
    let entries = data.get(8..).unwrap_or_default().chunks_exact(8).take(listed / 8);
    // The two highest bits: 11 is a well-known unit, no disk.
    let addresses = entries.filter_map(|entry| <[u8; 8]>::try_from(entry).ok());
    Ok(addresses.filter(|address| address[0] >> 6 != 3).collect())
}

/// The number in an address of one level (SAM-6, 4.7.7): peripheral or flat.
pub(super) fn lun_number(address: [u8; 8]) -> u64 {
    u64::from(address[0] & 0x3f) << 8 | u64::from(address[1])
}

/// The id alone, to know a LUN again on another path; `None`: no disk.
pub(super) async fn identity<S>(connection: &mut Connection<S>, lun: [u8; 8]) -> Result<Option<String>, PortalFault>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let standard = connection.read(lun, &inquiry(None, 96), 96).await.map_err(fault)?;
    // Qualifier 0 and type 0: a disk that is there.
    if standard.first() != Some(&0) {
        return Ok(None);
    }
    let page = connection.read(lun, &inquiry(Some(0x83), 1024), 1024).await.unwrap_or_default();
    Ok(Some(lun_id(&designators(&page))))
}

/// Everything about a disk; `None`: no disk.
pub(super) async fn look<S>(connection: &mut Connection<S>, address: [u8; 8]) -> Result<Option<Lun>, PortalFault>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let Some(id) = identity(connection, address).await? else { return Ok(None) };
    let standard = connection.read(address, &inquiry(None, 96), 96).await.map_err(fault)?;
    let serial = connection.read(address, &inquiry(Some(0x80), 252), 252).await.unwrap_or_default();
    let mut cdb = [0; 16];
    (cdb[0], cdb[1], cdb[13]) = (0x9e, 0x10, 32);
    let capacity = connection.read(address, &cdb, 32).await.map_err(fault)?;
    let last = number(&capacity, 0, 8).unwrap_or_default();
    let block = number(&capacity, 8, 4).unwrap_or_default();
    let exponent = capacity.get(13).copied().unwrap_or_default() & 0x0f;
    // Of mode pages only the header is wanted: bit 7 of its third byte is write protection.
    let mode = connection.read(address, &[0x1a, 0, 0x3f, 0, 192, 0], 192).await.unwrap_or_default();
    let vendor = [words(&standard, 8, 8), words(&standard, 16, 16)].join(" ");
    let logical_block = u32::try_from(block).unwrap_or_default();
    Ok(Some(Lun {
        id,
        number: Some(lun_number(address)),
        device: String::new(),
        size_bytes: last.saturating_add(1).saturating_mul(block),
        logical_block,
        physical_block: logical_block << exponent,
        model: vendor.trim().to_owned(),
        serial: words(&serial, 4, serial.len().saturating_sub(4)),
        read_only: mode.get(2).is_some_and(|byte| byte & 0x80 != 0),
        paths: Vec::new(),
        host_paths: Vec::new(),
        contents: contents(connection, address, block).await,
    }))
}

/// What lies on it; `None`: it cannot be read.
async fn contents<S>(connection: &mut Connection<S>, address: [u8; 8], block: u64) -> Option<Vec<Content>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let head = read_at(connection, address, block, 0, HEAD_BYTES).await?;
    let at_mib = read_at(connection, address, block, MIB, 4096).await.unwrap_or_default();
    let mut found = signatures(&head, &at_mib);
    if let Some(label) = lvm_label(&head)
        && let Some(group) = volume_group(connection, address, block, label.offset, label.size).await
    {
        found.retain(|content| content.kind != ContentKind::VolumeGroup);
        found.insert(0, group.content());
    }
    Some(found)
}

async fn volume_group<S>(
    connection: &mut Connection<S>,
    address: [u8; 8],
    block: u64,
    offset: u64,
    size: u64,
) -> Option<VolumeGroup>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let area = read_at(connection, address, block, offset, 4096).await?;
    let (at, length) = lvm_metadata(&area)?;
    // The area is a ring behind its header; the name and the tags stand at the beginning of the text.
    let whole = length.min(MOST_METADATA).min(64 << 10);
    let before_end = whole.min(size.checked_sub(at)?);
    let mut text = read_at(connection, address, block, offset.checked_add(at)?, before_end).await?;
    if before_end < whole {
        text.extend(read_at(connection, address, block, offset.checked_add(512)?, whole - before_end).await?);
    }
    VolumeGroup::of(&String::from_utf8_lossy(&text))
}

/// Bytes from anywhere on the disk, by whole blocks.
async fn read_at<S>(
    connection: &mut Connection<S>,
    address: [u8; 8],
    block: u64,
    at: u64,
    length: u64,
) -> Option<Vec<u8>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    (block.is_power_of_two() && (512..=65536).contains(&block)).then_some(())?;
    let first = at / block;
    let before = at % block;
    let blocks = before.checked_add(length)?.div_ceil(block);
    let bytes = u32::try_from(blocks.checked_mul(block)?).ok()?;
    let mut cdb = [0; 16];
    cdb[0] = 0x88;
    cdb[2..10].copy_from_slice(&first.to_be_bytes());
    cdb[10..14].copy_from_slice(&u32::try_from(blocks).ok()?.to_be_bytes());
    let data = connection.read(address, &cdb, bytes).await.ok()?;
    let before = usize::try_from(before).ok()?;
    let end = before.checked_add(usize::try_from(length).ok()?)?;
    data.get(before..end).map(<[u8]>::to_vec)
}

fn inquiry(page: Option<u8>, length: u16) -> [u8; 6] {
    let [high, low] = length.to_be_bytes();
    [0x12, u8::from(page.is_some()), page.unwrap_or_default(), high, low, 0]
}

/// Designators of the logical unit itself in VPD page 0x83, as (type, bytes).
fn designators(page: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let length = number(page, 2, 2).and_then(|length| usize::try_from(length).ok()).unwrap_or_default();
    let mut rest = page.get(4..page.len().min(length.saturating_add(4))).unwrap_or_default();
    let mut found = Vec::new();
    while let [_, kind, _, length, after @ ..] = rest {
        let length = usize::from(*length);
        let Some(bytes) = after.get(..length) else { break };
        // Association 0: the unit, not its port or its target.
        if kind >> 4 & 3 == 0 && length > 0 {
            found.push((kind & 0x0f, bytes.to_vec()));
        }
        rest = after.get(length..).unwrap_or_default();
    }
    found
}

fn words(data: &[u8], at: usize, length: usize) -> String {
    let end = data.len().min(at.saturating_add(length));
    let bytes = data.get(at..end).unwrap_or_default();
    let text: String = bytes.iter().filter(|byte| (0x20..0x7f).contains(*byte)).map(|byte| char::from(*byte)).collect();
    text.trim().to_owned()
}

fn fault(refusal: Refusal) -> PortalFault {
    match refusal {
        Refusal::Broken(fault) => fault,
        Refusal::Status(status, [key, code, qualifier]) => {
            PortalFault::Other(format!("SCSI status {status:02x}, sense {key:x}/{code:02x}/{qualifier:02x}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// tgt's page 0x83 for LUN 1 of target 1, as `sg_inq --page=0x83 --hex` shows it: a T10 vendor designator, then NAA.
    #[test]
    fn the_id_is_what_multipath_calls_the_lun() {
        let mut page = vec![0, 0x83, 0, 0];
        page.extend([0x02, 0x01, 0, 8]);
        page.extend(b"IET     ");
        page.extend([0x01, 0x03, 0, 16, 0x60, 0, 0, 0, 0, 0, 0, 0, 0x0e, 0, 0, 0, 0, 0x01, 0, 0x01]);
        // A designator of the port does not name the unit.
        page.extend([0x61, 0x93, 0, 8, 0x50, 0, 0, 0, 0, 0, 0, 1]);
        page[3] = u8::try_from(page.len() - 4).unwrap();
        assert_eq!(lun_id(&designators(&page)), "360000000000000000e00000000010001");
    }

    #[test]
    fn a_damaged_page_gives_what_is_whole() {
        assert_eq!(designators(&[0, 0x83, 0xff, 0xff, 1, 3, 0, 200, 1]), Vec::new());
        assert_eq!(designators(&[]), Vec::new());
        assert_eq!(lun_number([0x40, 0x05, 0, 0, 0, 0, 0, 0]), 5);
        assert_eq!(lun_number([0, 7, 0, 0, 0, 0, 0, 0]), 7);
    }
}
