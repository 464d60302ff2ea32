//! Values: how what we keep becomes bytes, and how they are told from damaged ones.
//!
//! A value is one byte of format, four of CRC-32 (big-endian, over the format byte and the content)
//! and the content. Format 1 is zstd over MessagePack with named fields: a field that is added later
//! must be an `Option` or carry `#[serde(default)]`, and one that is dropped is passed over; then old
//! values stay readable. Format 2 is a row of half-precision floats, for embeddings: 11 bits of
//! mantissa move the cosine of two unit vectors by less than 0.001.

use std::cell::RefCell;

use serde::Serialize;
use serde::de::DeserializeOwned;
use zstd::bulk::{Compressor, Decompressor};

use crate::verdict::Embedding;

const NAMED: u8 = 1;
const HALVES: u8 = 2;
const HEADER_BYTES: usize = 5;

/// zstd's own default: on posts of 1.4 KB, level 1 saves no time that shows beside the disk.
const LEVEL: i32 = 3;

/// No value is larger: what a crafted frame could make us allocate. Bodies are bounded well below.
const LARGEST_BYTES: usize = 64 << 20;

/// Bytes that are not a value, or a value that cannot become bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum CodecError {
    /// Fewer bytes than a header has.
    #[error("it is cut short")]
    Short,
    /// The checksum does not fit.
    #[error("its checksum does not fit")]
    Checksum,
    /// A format we do not know.
    #[error("it has format {0}, which a later version must have written")]
    Format(u8),
    /// The content is not what is looked for, though it is what was written.
    #[error("{0}")]
    Content(String),
}

/// The bytes of a value.
pub(super) fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, CodecError> {
    let named = rmp_serde::to_vec_named(value).map_err(content)?;
    if named.len() > LARGEST_BYTES {
        return Err(CodecError::Content(format!("{} bytes are too many to keep", named.len())));
    }
    PACKER.with_borrow_mut(|packer| {
        let packer = match packer {
            Some(packer) => packer,
            None => packer.insert(Compressor::new(LEVEL).map_err(content)?),
        };
        Ok(sealed(NAMED, &packer.compress(&named).map_err(content)?))
    })
}

/// The value of the bytes.
pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CodecError> {
    let packed = opened(NAMED, bytes)?;
    let named = UNPACKER.with_borrow_mut(|unpacker| {
        let unpacker = match unpacker {
            Some(unpacker) => unpacker,
            None => unpacker.insert(Decompressor::new().map_err(content)?),
        };
        unpacker.decompress(packed, LARGEST_BYTES).map_err(content)
    })?;
    rmp_serde::from_slice(&named).map_err(content)
}

/// The bytes of an embedding, at half precision.
pub(super) fn encode_embedding(embedding: &Embedding) -> Vec<u8> {
    let halves: Vec<u8> =
        embedding.0.iter().flat_map(|number| to_half(*number).to_be_bytes()).collect();
    sealed(HALVES, &halves)
}

/// The embedding of the bytes.
pub(super) fn decode_embedding(bytes: &[u8]) -> Result<Embedding, CodecError> {
    let (halves, rest) = opened(HALVES, bytes)?.as_chunks();
    if !rest.is_empty() {
        return Err(CodecError::Short);
    }
    Ok(Embedding(halves.iter().map(|half| from_half(u16::from_be_bytes(*half))).collect()))
}

/// An embedding's halves in hexadecimal.
pub(super) fn to_hex(embedding: &Embedding) -> String {
    embedding.0.iter().fold(String::new(), |hex, number| hex + &format!("{:04x}", to_half(*number)))
}

/// The embedding of hexadecimal halves; none where it is not that.
pub(super) fn from_hex(text: &str) -> Option<Embedding> {
    let (halves, rest) = text.as_bytes().as_chunks::<4>();
    if !rest.is_empty() || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let read = |half: &[u8; 4]| u16::from_str_radix(std::str::from_utf8(half).ok()?, 16).ok();
    halves.iter().map(|half| read(half).map(from_half)).collect::<Option<_>>().map(Embedding)
}

// Making either context anew costs more than packing a post.
thread_local! {
    static PACKER: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static UNPACKER: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

fn content(error: impl std::fmt::Display) -> CodecError {
    CodecError::Content(error.to_string())
}

fn sealed(format: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER_BYTES + content.len());
    bytes.push(format);
    bytes.extend(checksum(format, content).to_be_bytes());
    bytes.extend(content);
    bytes
}

fn opened(expected: u8, bytes: &[u8]) -> Result<&[u8], CodecError> {
    let (&format, rest) = bytes.split_first().ok_or(CodecError::Short)?;
    let (sum, content) = rest.split_first_chunk().ok_or(CodecError::Short)?;
    // The checksum first: a flipped format byte is damage, not a later version.
    if u32::from_be_bytes(*sum) != checksum(format, content) {
        return Err(CodecError::Checksum);
    }
    if format == expected { Ok(content) } else { Err(CodecError::Format(format)) }
}

fn checksum(format: u8, content: &[u8]) -> u32 {
    let mut sum = crc32fast::Hasher::new();
    sum.update(&[format]);
    sum.update(content);
    sum.finalize()
}

/// The nearest IEEE 754 half, ties to even; what is too large becomes infinite.
fn to_half(number: f32) -> u16 {
    let bits = number.to_bits();
    let sign = (bits >> 16) & 0x8000;
    let magnitude = bits & 0x7fff_ffff;
    let half = if magnitude > 0x7f80_0000 {
        0x7e00
    } else if magnitude >= 0x4780_0000 {
        0x7c00
    } else if magnitude < 0x3880_0000 {
        // Below the smallest normal half: counted in its steps of 2^-24.
        let steps = f32::from_bits(magnitude) * 16_777_216.0;
        // Neither sign nor size is lost: the magnitude is positive and below 1024 steps.
        #[expect(clippy::cast_sign_loss, reason = "a magnitude has no sign")]
        let steps = steps.round_ties_even() as u32;
        steps
    } else {
        let rounded = magnitude + 0x0fff + ((magnitude >> 13) & 1);
        (rounded - 0x3800_0000) >> 13
    };
    (sign | half) as u16
}

fn from_half(half: u16) -> f32 {
    let sign = u32::from(half & 0x8000) << 16;
    let magnitude = u32::from(half & 0x7fff);
    let number = match magnitude {
        0..0x0400 => (magnitude as f32 / 16_777_216.0).to_bits(),
        0x0400..0x7c00 => (magnitude << 13) + 0x3800_0000,
        _ => (magnitude << 13) | 0x7f80_0000,
    };
    f32::from_bits(sign | number)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Older {
        text: String,
        dropped: u32,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Newer {
        text: String,
        #[serde(default)]
        added: Vec<String>,
        also: Option<u32>,
    }

    #[test]
    fn a_value_written_before_a_field_was_added_is_still_read() {
        let bytes = encode(&Older { text: "as said".into(), dropped: 7 }).unwrap();
        let newer = Newer { text: "as said".into(), added: vec![], also: None };
        assert_eq!(decode::<Newer>(&bytes).unwrap(), newer);
    }

    #[test]
    fn a_format_of_the_future_is_named() {
        assert_eq!(decode::<u32>(&sealed(9, b"whatever")), Err(CodecError::Format(9)));
    }

    #[test]
    fn every_half_comes_back_as_it_was() {
        for half in 0..=u16::MAX {
            let number = from_half(half);
            if !number.is_nan() {
                assert_eq!(to_half(number), half, "{number}");
            }
        }
        assert!(from_half(to_half(f32::NAN)).is_nan());
    }

    #[test]
    fn halves_are_what_the_standard_says() {
        for (number, half) in [
            (0.0, 0x0000),
            (-0.0, 0x8000),
            (1.0, 0x3c00),
            (-2.0, 0xc000),
            (65504.0, 0x7bff),
            (65520.0, 0x7c00),
            (f32::INFINITY, 0x7c00),
            (f32::MAX, 0x7c00),
            (0.000_061_035_156, 0x0400),
            (0.000_000_059_604_645, 0x0001),
            (0.000_000_029_802_322, 0x0000),
            (0.333_333_34, 0x3555),
            (1.000_488_3, 0x3c00),
            (1.001_464_8, 0x3c02),
        ] {
            assert_eq!(to_half(number), half, "{number}");
        }
    }

    fn unit_vectors() -> impl Strategy<Value = Embedding> {
        prop::collection::vec(-1.0_f32..1.0, 384).prop_map(|numbers| {
            let length = numbers.iter().map(|x| x * x).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
            Embedding(numbers.iter().map(|x| x / length).collect())
        })
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(
            value in any::<(String, Option<i64>, Vec<u8>, BTreeMap<String, bool>, f32)>()
        ) {
            prop_assert_eq!(decode::<(String, Option<i64>, Vec<u8>, BTreeMap<String, bool>, f32)>(
                &encode(&value).unwrap()).unwrap(), value);
        }

        #[test]
        fn a_flipped_bit_is_always_found(text in any::<String>(), at in any::<prop::sample::Index>()) {
            let mut bytes = encode(&text).unwrap();
            let bit = at.index(bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
            prop_assert_eq!(decode::<String>(&bytes), Err(CodecError::Checksum));
        }

        #[test]
        fn a_cut_is_always_found(text in any::<String>(), at in any::<prop::sample::Index>()) {
            let bytes = encode(&text).unwrap();
            prop_assert!(decode::<String>(&bytes[..at.index(bytes.len())]).is_err());
        }

        #[test]
        fn no_bytes_make_decoding_panic(bytes in any::<Vec<u8>>()) {
            prop_assert!(decode::<Newer>(&bytes).is_err());
            let _ = decode::<Newer>(&sealed(NAMED, &bytes));
            let _ = decode_embedding(&sealed(HALVES, &bytes));
        }

        #[test]
        fn halving_an_embedding_hardly_moves_a_cosine(a in unit_vectors(), b in unit_vectors()) {
            let kept = decode_embedding(&encode_embedding(&a)).unwrap();
            prop_assert!((kept.cosine(&b) - a.cosine(&b)).abs() < 0.001);
        }
    }
}
