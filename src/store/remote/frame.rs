//! Frames: a length of four bytes, big-endian, and so many bytes of MessagePack with named fields. One
//! of no bytes says that the call is being worked on.

use std::io::{self, Read, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// What both sides must speak: raised with every change of what a call or its answer holds.
pub(super) const PROTOCOL: u32 = 4;

/// A greeting is a number and a version.
pub(super) const LONGEST_HELLO_BYTES: u32 = 1 << 10;

/// A batch of a hundred posts, each of which may be as long as its source's body.
pub(super) const LONGEST_CALL_BYTES: u32 = 256 << 20;

/// The posts of five weeks of a large market.
pub(super) const LONGEST_ANSWER_BYTES: u32 = 1 << 30;

/// The bytes of a frame's length.
pub(super) const LENGTH_BYTES: usize = 4;

/// Who wants to talk.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Hello {
    pub(super) protocol: u32,
    pub(super) version: String,
}

impl Hello {
    /// Ours.
    pub(super) fn ours() -> Self {
        Self { protocol: PROTOCOL, version: env!("CARGO_PKG_VERSION").to_owned() }
    }

    /// Why these two cannot talk; `ours` is who is called.
    pub(super) fn misfit(&self, ours: &Self) -> Option<String> {
        if (self.protocol, &self.version) == (ours.protocol, &ours.version) {
            return None;
        }
        let said =
            |hello: &Self| format!("overheard {} (protocol {})", hello.version, hello.protocol);
        Some(format!(
            "is {}, and this is {}: start it again with this one, or use the one it was started with",
            said(ours),
            said(self)
        ))
    }
}

/// A frame that holds a value; `longest` bounds it.
///
/// # Errors
/// In words: it is too long, or cannot be written down.
pub(super) fn pack<T: Serialize>(value: &T, longest: u32) -> Result<Vec<u8>, String> {
    let mut frame = vec![0; LENGTH_BYTES];
    let mut packer = rmp_serde::Serializer::new(&mut frame).with_struct_map();
    value.serialize(&mut packer).map_err(|error| error.to_string())?;
    let length = u32::try_from(frame.len() - LENGTH_BYTES).ok().filter(|length| *length <= longest);
    let Some(length) = length else {
        return Err(format!("{} bytes are too many to hand over at once", frame.len()));
    };
    frame[..LENGTH_BYTES].copy_from_slice(&length.to_be_bytes());
    Ok(frame)
}

/// The value of a frame's bytes.
///
/// # Errors
/// In words, what it is not.
pub(super) fn unpack<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    rmp_serde::from_slice(bytes).map_err(|error| error.to_string())
}

/// Writes a frame.
pub(super) fn write(stream: &mut impl Write, frame: &[u8]) -> io::Result<()> {
    stream.write_all(frame)?;
    stream.flush()
}

/// Reads a frame's bytes; room for them is made as they come.
pub(super) fn read(stream: &mut impl Read, longest: u32) -> io::Result<Vec<u8>> {
    let mut length = [0; LENGTH_BYTES];
    stream.read_exact(&mut length)?;
    let length = u32::from_be_bytes(length);
    if length > longest {
        return Err(io::Error::other(format!("a frame of {length} bytes is too long")));
    }
    let mut bytes = Vec::new();
    stream.take(length.into()).read_to_end(&mut bytes)?;
    if bytes.len() < length as usize {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::store::remote::call::Call;

    #[test]
    fn a_frame_that_claims_to_be_long_makes_no_room_and_a_short_one_is_an_error() {
        let claims = [0x0f, 0xff, 0xff, 0xff, 1, 2, 3];
        let error = read(&mut &claims[..], LONGEST_CALL_BYTES).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        let error = read(&mut &[0xff; 8][..], LONGEST_ANSWER_BYTES).unwrap_err();
        assert!(error.to_string().contains("too long"), "{error}");
        assert!(pack(&vec![0_u8; 100], 100).unwrap_err().contains("too many"));
    }

    #[test]
    fn who_speaks_otherwise_is_told_what_to_do() {
        let ours = Hello::ours();
        assert_eq!(Hello::ours().misfit(&ours), None);
        let later = Hello { protocol: PROTOCOL + 1, version: "9.0.0".into() };
        let said = later.misfit(&ours).unwrap();
        assert!(
            said.contains("this is overheard 9.0.0") && said.contains("start it again"),
            "{said}"
        );
    }

    proptest! {
        #[test]
        fn no_bytes_of_a_stranger_break_us(bytes: Vec<u8>) {
            let _ = unpack::<Call>(&bytes);
            let _ = unpack::<Hello>(&bytes);
            let _ = read(&mut &bytes[..], LONGEST_HELLO_BYTES);
        }
    }
}
