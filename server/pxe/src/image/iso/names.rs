//! Names: plain ones, Rock Ridge's, Joliet's.

use super::bytes::{Fields, ReadAt, byte, le32, plain, slice, ucs2, version_off};
use super::{Iso, IsoError, SECTOR};

/// How often the system use area of one record may go on elsewhere (`CE`).
const CONTINUATIONS_MOST: usize = 8;

/// The name space that an image is read by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Names {
    /// Upper case, `;1` behind: told in lower case.
    Plain,
    /// `NM` fields; so many bytes to skip in each system use area.
    RockRidge(usize),
    /// UCS-2, big endian.
    Joliet,
}

impl<R: ReadAt> Iso<R> {
    /// Of a record: by its identifier, or by its system use area.
    pub(super) fn name(&self, id: &[u8], use_area: &[u8]) -> Result<String, IsoError> {
        Ok(match self.names {
            Names::Joliet => version_off(&ucs2(id)).to_owned(),
            Names::RockRidge(skip) => match self.alternate_name(use_area.get(skip..).unwrap_or_default())? {
                Some(name) => name,
                None => plain(id),
            },
            Names::Plain => plain(id),
        })
    }

    /// The `NM` fields of a system use area (IEEE P1282 4.1.4), with what a `CE` field puts elsewhere.
    fn alternate_name(&self, area: &[u8]) -> Result<Option<String>, IsoError> {
        let mut name = Vec::new();
        let mut area = area.to_vec();
        for _ in 0..CONTINUATIONS_MOST {
            let mut elsewhere = None;
            for (signature, field) in Fields(&area) {
                match signature {
                    // Flags 2 and 4 mean "." and ".."; no content.
                    b"NM" if byte(field, 4) & 6 == 0 => name.extend_from_slice(field.get(5..).unwrap_or_default()),
                    b"CE" if field.len() >= 28 => {
                        let offset = u64::from(le32(field, 4)) * self.block + u64::from(le32(field, 12));
                        elsewhere = Some((offset, u64::from(le32(field, 20)).min(SECTOR)));
                    }
                    b"ST" => break,
                    _ => {}
                }
            }
            let Some((at, length)) = elsewhere else { break };
            area = vec![0; length as usize];
            self.read(&mut area, at)?;
        }
        Ok((!name.is_empty()).then(|| String::from_utf8_lossy(&name).into_owned()))
    }

    /// The `SP` field in the root's own record says that there is a system use area, and how it begins.
    pub(super) fn rock_ridge(&self) -> Result<Option<usize>, IsoError> {
        let mut sector = [0; SECTOR as usize];
        self.read(&mut sector, self.root.offset)?;
        let size = usize::from(byte(&sector, 0));
        let area = sector.get(34..size.max(34)).unwrap_or_default();
        let mut fields = Fields(area);
        let Some((b"SP", field)) = fields.next() else { return Ok(None) };
        let marked = slice(field, 4, 2) == [0xbe, 0xef];
        Ok(marked.then(|| usize::from(byte(field, 6))))
    }
}
