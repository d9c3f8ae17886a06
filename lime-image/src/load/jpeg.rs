//! Whether a JPEG file is all there: its decoder fills what is missing with gray.

/// Whether the data come to their end marker. Markers inside segments, of the small picture that cameras add, do not count.
pub(super) fn ends(bytes: &[u8]) -> bool {
    // After the start of the image.
    let mut at = 2;
    while let Some(offset) = bytes.get(at..).and_then(|rest| rest.iter().position(|&byte| byte == 0xff)) {
        at += offset;
        let Some(&marker) = bytes.get(at + 1) else { return false };
        match marker {
            // The end.
            0xd9 => return true,
            // A byte 255 of the data, a restart, no segment.
            0x00 | 0x01 | 0xd0..=0xd8 => at += 2,
            // Filling.
            0xff => at += 1,
            // A segment with its length.
            _ => {
                let Some(&[high, low]) = bytes.get(at + 2..at + 4) else { return false };
                at += 2 + usize::from(u16::from_be_bytes([high, low]));
            }
        }
    }
    false
}
