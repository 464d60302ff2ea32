//! A row: what the index holds of one post, and how that becomes bytes.
//!
//! A head is the post's id, when it was said, which kind of post it is, the scale of its numbers, their
//! signs, and CRC-32 of all that; a body is the id again, the numbers, and CRC-32 of both. All little-endian.
//! A head or body of zeros is a place where no post is.

use sha2::{Digest as _, Sha256};

use crate::post::{Post, PostId};
use crate::store::Judged;

/// The bytes of a head before the signs.
const BEFORE_SIGNS: usize = 52;
/// The bytes of a checksum.
const SUM: usize = 4;
/// The bytes of an id.
const ID: usize = 16;
/// No embedding has more numbers.
pub(super) const WIDEST: usize = 16_384;
/// The signs in a byte.
const BYTE: usize = u8::BITS as usize;

/// What posts are told apart by where a filter asks: many have one in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Kind {
    /// The key of its source's id.
    pub(super) source: u64,
    /// The code of its language.
    pub(super) language: [u8; 8],
    /// The key of the model that embedded it.
    pub(super) model: u64,
}

/// What the index holds of a post in memory.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Head {
    pub(super) post: PostId,
    /// Microseconds since 1970.
    pub(super) when: i64,
    pub(super) kind: Kind,
    /// What the numbers of its body are to be multiplied by.
    pub(super) scale: f32,
    pub(super) signs: Vec<u8>,
}

impl Head {
    /// The head of these bytes; none where they are not one.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let bytes = opened(bytes)?;
        let (post, rest) = bytes.split_first_chunk()?;
        let (when, rest) = rest.split_first_chunk()?;
        let (source, rest) = rest.split_first_chunk()?;
        let (language, rest) = rest.split_first_chunk()?;
        let (model, rest) = rest.split_first_chunk()?;
        let (scale, signs) = rest.split_first_chunk()?;
        Some(Self {
            post: PostId::from_bytes(*post),
            when: i64::from_le_bytes(*when),
            kind: Kind {
                source: u64::from_le_bytes(*source),
                language: *language,
                model: u64::from_le_bytes(*model),
            },
            scale: f32::from_le_bytes(*scale),
            signs: signs.to_vec(),
        })
    }

    /// Its bytes.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.extend(self.post.as_bytes());
        bytes.extend(self.when.to_le_bytes());
        bytes.extend(self.kind.source.to_le_bytes());
        bytes.extend(self.kind.language);
        bytes.extend(self.kind.model.to_le_bytes());
        bytes.extend(self.scale.to_le_bytes());
        bytes.extend(&self.signs);
        sealed(bytes)
    }
}

/// A row that is to be written.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct NewRow {
    pub(super) head: Head,
    numbers: Vec<i8>,
}

impl NewRow {
    /// The row of a post. None where it has no embedding, or one that has no direction.
    pub(super) fn of(post: &Post, judged: &Judged) -> Option<Self> {
        let numbers = &judged.embedding.0;
        let largest = numbers.iter().fold(0.0_f32, |largest, number| largest.max(number.abs()));
        let is_direction = largest > 0.0 && numbers.iter().all(|number| number.is_finite());
        if !is_direction || numbers.len() > WIDEST {
            return None;
        }
        let scale = largest / f32::from(i8::MAX);
        let head = Head {
            post: post.id,
            when: post.when().as_microsecond(),
            kind: Kind {
                source: key_of(post.source.as_str()),
                language: language(&judged.verdict.language.code),
                model: key_of(&judged.verdict.model.space()),
            },
            scale,
            signs: signs(numbers),
        };
        // At most 127 either way: the largest was divided by it.
        let byte = |number: &f32| (number / scale).round() as i8;
        Some(Self { head, numbers: numbers.iter().map(byte).collect() })
    }

    /// How many numbers it has.
    pub(super) fn width(&self) -> usize {
        self.numbers.len()
    }

    /// The bytes of its body.
    pub(super) fn body(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(body_bytes(self.width()));
        bytes.extend(self.head.post.as_bytes());
        bytes.extend(self.numbers.iter().map(|number| number.to_le_bytes()[0]));
        sealed(bytes)
    }
}

/// A body as it is read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Body {
    pub(super) post: PostId,
    numbers: Vec<i8>,
}

impl Body {
    /// The body of these bytes; none where they are not one.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (post, numbers) = opened(bytes)?.split_first_chunk()?;
        let numbers = numbers.iter().map(|byte| i8::from_le_bytes([*byte])).collect();
        Some(Self { post: PostId::from_bytes(*post), numbers })
    }

    /// The cosine of the angle to `asked`, which is of unit length.
    pub(super) fn likeness(&self, scale: f32, asked: &[f32]) -> f32 {
        // Eight sums side by side: the compiler makes vector instructions of them.
        let (numbers, rest) = self.numbers.as_chunks::<8>();
        let (eights, last) = asked.as_chunks::<8>();
        let mut sums = [0.0_f32; 8];
        for (numbers, asked) in numbers.iter().zip(eights) {
            for ((sum, number), asked) in sums.iter_mut().zip(numbers).zip(asked) {
                *sum += f32::from(*number) * asked;
            }
        }
        let rest: f32 =
            rest.iter().zip(last).map(|(number, asked)| f32::from(*number) * asked).sum();
        (sums.iter().sum::<f32>() + rest) * scale
    }
}

/// The bytes of a head of an embedding of so many numbers.
pub(super) const fn head_bytes(width: usize) -> usize {
    BEFORE_SIGNS + sign_bytes(width) + SUM
}

/// The bytes of a body.
pub(super) const fn body_bytes(width: usize) -> usize {
    ID + width + SUM
}

/// The bytes that hold so many signs.
pub(super) const fn sign_bytes(width: usize) -> usize {
    width.div_ceil(BYTE)
}

/// The signs of an embedding: a bit for each number, set where it is above zero.
fn signs(numbers: &[f32]) -> Vec<u8> {
    let byte = |numbers: &[f32]| {
        (0..).zip(numbers).fold(0, |byte, (at, number)| byte | (u8::from(*number > 0.0) << at))
    };
    numbers.chunks(BYTE).map(byte).collect()
}

/// A name in eight bytes.
pub(super) fn key_of(name: &str) -> u64 {
    let hash = Sha256::digest(name.as_bytes());
    hash.first_chunk().map_or(0, |first| u64::from_le_bytes(*first))
}

/// A language's code in eight bytes; the codes we tell have two or three.
pub(super) fn language(code: &str) -> [u8; 8] {
    let mut bytes = [0; 8];
    for (byte, letter) in bytes.iter_mut().zip(code.bytes()) {
        *byte = letter;
    }
    bytes
}

/// The beginning of an id: enough to pass nearly all others over.
pub(super) fn first_digits(post: &PostId) -> u32 {
    post.as_bytes().first_chunk().map_or(0, |first| u32::from_le_bytes(*first))
}

fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let sum = crc32fast::hash(&bytes);
    bytes.extend(sum.to_le_bytes());
    bytes
}

fn opened(bytes: &[u8]) -> Option<&[u8]> {
    let (content, sum) = bytes.split_last_chunk()?;
    (crc32fast::hash(content) == u32::from_le_bytes(*sum)).then_some(content)
}
