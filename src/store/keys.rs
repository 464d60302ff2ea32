//! Keys: how what we look up becomes bytes that sort the way we read.
//!
//! | Table | Key | Row | Order |
//! |---|---|---|---|
//! | `post/kept` | arrival | the post | as they came |
//! | `post/id` | post id | arrival | none |
//! | `post/said` | moment said, arrival | – | as they were said |
//! | `post/from` | source, moment said, arrival | – | as a source said them |
//! | `post/stamp` | stamp, arrival | change | never judged first, then by the age of the rules |
//! | `post/change` | change | arrival, or the id of a post that is gone | as they changed |
//! | `post/verdict` | arrival | the verdict | as they came |
//! | `post/embedding` | arrival | the embedding | as they came |
//! | `post/stamps` | model, ruleset | stamp | none |
//! | `post/facts` | name | a count | none |
//! | `desk/memory` | source | what is remembered | by source |
//! | `desk/visit` | source, moment | the visit | as they were made |
//! | `desk/host` | host | what is remembered | by host |
//! | `desk/digest` | reader, date | the digest | by reader and date |
//! | `desk/told` | reader, date, post id | owners | by reader and date |
//! | `desk/delivery` | date, reader, channel | how it stands | by date |
//! | `desk/label` | topic, post id | the label | by topic |
//! | `desk/lesson` | number | the labels given together | as they were given |
//! | `desk/draw` | topic, post id | the draw | by topic |
//! | `desk/anchor` | model, hash of a text | its embedding | none |
//! | `desk/feedback` | reader, date, block, index, post id, whether it stands apart | what they said | by reader and date |
//! | `desk/unsubscribed` | reader | when they asked for no more | by reader |
//! | `desk/month` | month | when it was written anew | by month |
//! | `desk/sealed` | key's number, seal of what was erased | – | none |
//! | `desk/backup` | folder | when it was made | by folder |
//! | `desk/facts` | name | a count | none |
//!
//! The tables of `post/` are in the database of each month, those of `desk/` in the one that stays; no
//! transaction spans two databases. An *arrival* numbers the posts of a month in the order they were
//! kept: rows that come together lie together, so that the working set of a morning is a few pages,
//! however much is kept. A *stamp* numbers the pairs of model and ruleset that ever judged in a month; 0
//! is "never judged". A *change* numbers what became of the posts of a month; each post has one row, at its
//! newest.
//!
//! Numbers are big-endian; signed ones have their sign bit turned; texts are escaped and ended, so
//! that no text's key begins another's.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::delivery::DeliveryId;
use crate::feedback::PointRef;
use crate::month::Month;
use crate::post::PostId;
use crate::source::{Knowledge, SourceId};

/// The number of a post in the order they were kept.
pub(super) type Arrival = u64;

/// The number of a pair of model and ruleset; [`NEVER_JUDGED`] for none.
pub(super) type Stamp = u32;

/// The stamp of posts that wait for their first verdict, or for one of their changed words.
pub(super) const NEVER_JUDGED: Stamp = 0;

const ARRIVAL_BYTES: usize = 8;
const MOMENT_BYTES: usize = 12;
const DATE_BYTES: usize = 4;
const POST_ID_BYTES: usize = 16;
const SEAL_BYTES: usize = 16;

/// Bytes of a text's SHA-256 that tell it from others.
pub(super) const HASH_BYTES: usize = 16;

/// The key of a post, its verdict and its embedding.
pub(super) fn arrival(arrival: Arrival) -> Vec<u8> {
    arrival.to_be_bytes().to_vec()
}

/// The arrival a key ends with.
pub(super) fn arrival_at_end(key: &[u8]) -> Option<Arrival> {
    let bytes = key.last_chunk::<ARRIVAL_BYTES>()?;
    Some(Arrival::from_be_bytes(*bytes))
}

/// The key of a post in the order of saying.
pub(super) fn said(when: Timestamp, arrival: Arrival) -> Vec<u8> {
    [&moment(when)[..], &arrival.to_be_bytes()].concat()
}

/// The key of a post among those of its source.
pub(super) fn from(source: &SourceId, when: Timestamp, arrival: Arrival) -> Vec<u8> {
    [&text(source.as_str())[..], &moment(when), &arrival.to_be_bytes()].concat()
}

/// The moment and the arrival that a key made by [`said`] or [`from`] ends with.
pub(super) fn read_moment_and_arrival(key: &[u8]) -> Option<(Timestamp, Arrival)> {
    let (rest, arrival) = key.split_last_chunk::<ARRIVAL_BYTES>()?;
    let moment = rest.last_chunk::<MOMENT_BYTES>()?;
    Some((read_moment(*moment)?, Arrival::from_be_bytes(*arrival)))
}

/// The key of a post among those with the same stamp.
pub(super) fn stamped(stamp: Stamp, arrival: Arrival) -> Vec<u8> {
    [&stamp.to_be_bytes()[..], &arrival.to_be_bytes()].concat()
}

/// The stamp and the arrival of a key made by [`stamped`].
pub(super) fn read_stamped(key: &[u8]) -> Option<(Stamp, Arrival)> {
    let (stamp, rest) = key.split_first_chunk()?;
    (rest.len() == ARRIVAL_BYTES)
        .then(|| arrival_at_end(rest))?
        .map(|arrival| (Stamp::from_be_bytes(*stamp), arrival))
}

/// The key of a change.
pub(super) fn change(number: u64) -> Vec<u8> {
    number.to_be_bytes().to_vec()
}

/// The number of a key made by [`change`].
pub(super) fn read_change(key: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(key.try_into().ok()?))
}

/// The key of the stamp of a model and a ruleset.
pub(super) fn stamp(model: &str, ruleset: &str) -> Vec<u8> {
    [text(model), text(ruleset)].concat()
}

/// The key of a source's memory, and the beginning of all else that is kept by source.
pub(super) fn source(source: &SourceId) -> Vec<u8> {
    text(source.as_str())
}

/// The source of a key made by [`source`].
pub(super) fn read_source(key: &[u8]) -> Option<SourceId> {
    let (source, rest) = read_text(key)?;
    rest.is_empty().then(|| source.parse().ok())?
}

/// The key of a visit.
pub(super) fn visit(visited: &SourceId, at: Timestamp) -> Vec<u8> {
    [&source(visited)[..], &moment(at)].concat()
}

/// The source of a key made by [`visit`].
pub(super) fn read_visit(key: &[u8]) -> Option<SourceId> {
    let (source, rest) = read_text(key)?;
    (rest.len() == MOMENT_BYTES).then(|| source.parse().ok())?
}

/// The key of what is remembered of a host.
pub(super) fn host(host: &str) -> Vec<u8> {
    text(host)
}

/// The host of a key made by [`host`].
pub(super) fn read_host(key: &[u8]) -> Option<String> {
    let (host, rest) = read_text(key)?;
    rest.is_empty().then_some(host)
}

/// The beginning of everything in the ledger for a reader.
pub(super) fn reader(reader: &str) -> Vec<u8> {
    text(reader)
}

/// The key of a reader's digest.
pub(super) fn digest(reader: &str, date: Date) -> Vec<u8> {
    [&text(reader)[..], &day(date)].concat()
}

/// The reader and the date of a key made by [`digest`].
pub(super) fn read_digest(key: &[u8]) -> Option<(String, Date)> {
    let (reader, rest) = read_text(key)?;
    Some((reader, read_day(rest.try_into().ok()?)?))
}

/// The key of a post a reader was told.
pub(super) fn told(reader: &str, date: Date, post: PostId) -> Vec<u8> {
    [&digest(reader, date)[..], post.as_bytes()].concat()
}

/// The reader, the date and the post of a key made by [`told`].
pub(super) fn read_told(key: &[u8]) -> Option<(String, Date, PostId)> {
    let (rest, post) = key.split_last_chunk::<POST_ID_BYTES>()?;
    let (reader, date) = read_digest(rest)?;
    Some((reader, date, PostId::from_bytes(*post)))
}

/// The key of a delivery.
pub(super) fn delivery(id: &DeliveryId) -> Vec<u8> {
    [&day(id.date)[..], &text(&id.reader), &text(&id.channel)].concat()
}

/// The beginning of the keys of deliveries of a date: those of later dates come after it.
pub(super) fn deliveries_of(date: Date) -> Vec<u8> {
    day(date).to_vec()
}

/// The delivery of a key made by [`delivery`].
pub(super) fn read_delivery(key: &[u8]) -> Option<DeliveryId> {
    let (date, rest) = key.split_first_chunk()?;
    let date = read_day(*date)?;
    let (reader, rest) = read_text(rest)?;
    let (channel, rest) = read_text(rest)?;
    rest.is_empty().then_some(DeliveryId { date, reader, channel })
}

/// The key of a label, or of a draw.
pub(super) fn label(topic: &str, post: PostId) -> Vec<u8> {
    [&text(topic)[..], post.as_bytes()].concat()
}

/// The topic and the post of a key made by [`label`].
pub(super) fn read_label(key: &[u8]) -> Option<(String, PostId)> {
    let (rest, post) = key.split_last_chunk::<POST_ID_BYTES>()?;
    let (topic, rest) = read_text(rest)?;
    rest.is_empty().then(|| (topic, PostId::from_bytes(*post)))
}

/// The key of the embedding of a rule's text.
pub(super) fn anchor(model: &str, hash: [u8; HASH_BYTES]) -> Vec<u8> {
    [&text(model)[..], &hash].concat()
}

/// Whether a key was made by [`anchor`].
pub(super) fn is_anchor(key: &[u8]) -> bool {
    read_text(key).is_some_and(|(_, rest)| rest.len() == HASH_BYTES)
}

/// The key of what a reader said of a point.
pub(super) fn feedback(reader: &str, date: Date, point: PointRef, apart: bool) -> Vec<u8> {
    let block = BLOCKS.iter().position(|block| *block == point.block).unwrap_or_default();
    // There are five.
    let block = u8::try_from(block).unwrap_or_default();
    [&digest(reader, date)[..], &[block, point.index], point.post.as_bytes(), &[u8::from(apart)]]
        .concat()
}

/// The reader, the date and the point of a key made by [`feedback`].
pub(super) fn read_feedback(key: &[u8]) -> Option<(String, Date, PointRef)> {
    let (apart, rest) = key.split_last()?;
    let (rest, post) = rest.split_last_chunk::<POST_ID_BYTES>()?;
    let (rest, [block, index]) = rest.split_last_chunk()?;
    let (reader, date) = read_digest(rest)?;
    let block = *BLOCKS.get(usize::from(*block))?;
    let point = PointRef { block, index: *index, post: PostId::from_bytes(*post) };
    (*apart <= 1).then_some((reader, date, point))
}

/// The block a point stands in, by the number it has in a key.
const BLOCKS: [Option<Knowledge>; 5] = [
    None,
    Some(Knowledge::Public),
    Some(Knowledge::Field),
    Some(Knowledge::Survey),
    Some(Knowledge::Expert),
];

/// The reader of a key made by [`reader`].
pub(super) fn read_reader(key: &[u8]) -> Option<String> {
    let (reader, rest) = read_text(key)?;
    rest.is_empty().then_some(reader)
}

/// The key of a month with posts.
pub(super) fn month(month: Month) -> Vec<u8> {
    text(&month.to_string())
}

/// The month of a key made by [`month`].
pub(super) fn read_month(key: &[u8]) -> Option<Month> {
    let (month, rest) = read_text(key)?;
    rest.is_empty().then(|| month.parse().ok())?
}

/// The key of a seal under the sealing key with this number.
pub(super) fn sealed(number: u32, seal: [u8; SEAL_BYTES]) -> Vec<u8> {
    [&number.to_be_bytes()[..], &seal].concat()
}

/// The number of the sealing key and the seal of a key made by [`sealed`].
pub(super) fn read_sealed(key: &[u8]) -> Option<(u32, [u8; SEAL_BYTES])> {
    let (number, seal) = key.split_first_chunk()?;
    Some((u32::from_be_bytes(*number), seal.try_into().ok()?))
}

/// The key of a backup.
pub(super) fn backup(folder: &str) -> Vec<u8> {
    text(folder)
}

/// The folder of a key made by [`backup`].
pub(super) fn read_backup(key: &[u8]) -> Option<String> {
    let (folder, rest) = read_text(key)?;
    rest.is_empty().then_some(folder)
}

/// The key of a lesson.
pub(super) fn lesson(number: u64) -> Vec<u8> {
    number.to_be_bytes().to_vec()
}

/// The number of a key made by [`lesson`].
pub(super) fn read_lesson(key: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(key.try_into().ok()?))
}

/// The first key after all that begin with `prefix`; none where there can be no such key.
pub(super) fn after(prefix: &[u8]) -> Option<Vec<u8>> {
    let kept = prefix.iter().rposition(|byte| *byte != u8::MAX)?;
    let mut key = prefix[..=kept].to_vec();
    key[kept] += 1;
    Some(key)
}

/// A moment, to the nanosecond: seconds since 1970 rounded down, then nanoseconds.
pub(super) fn moment(moment: Timestamp) -> [u8; MOMENT_BYTES] {
    const NANOS: i128 = 1_000_000_000;
    let nanos = moment.as_nanosecond();
    // Both fit: a timestamp lies within the years -9999 to 9999.
    let seconds = i64::try_from(nanos.div_euclid(NANOS)).unwrap_or_default();
    let rest = u32::try_from(nanos.rem_euclid(NANOS)).unwrap_or_default();
    let mut bytes = [0; MOMENT_BYTES];
    bytes[..8].copy_from_slice(&(seconds ^ i64::MIN).to_be_bytes());
    bytes[8..].copy_from_slice(&rest.to_be_bytes());
    bytes
}

fn read_moment(bytes: [u8; MOMENT_BYTES]) -> Option<Timestamp> {
    let (seconds, nanos) = bytes.split_first_chunk()?;
    let seconds = i64::from_be_bytes(*seconds) ^ i64::MIN;
    let nanos = u32::from_be_bytes(nanos.try_into().ok()?);
    Timestamp::from_nanosecond(i128::from(seconds) * 1_000_000_000 + i128::from(nanos)).ok()
}

/// A text without a zero byte inside, ended by two: `\0` becomes `\0\xff`.
fn text(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() + 2);
    for byte in text.bytes() {
        bytes.push(byte);
        if byte == 0 {
            bytes.push(u8::MAX);
        }
    }
    bytes.extend([0, 0]);
    bytes
}

fn read_text(key: &[u8]) -> Option<(String, &[u8])> {
    let mut bytes = Vec::new();
    let mut rest = key;
    loop {
        match rest {
            [0, 0, after @ ..] => return Some((String::from_utf8(bytes).ok()?, after)),
            [0, u8::MAX, after @ ..] => {
                bytes.push(0);
                rest = after;
            }
            [0, ..] | [] => return None,
            [byte, after @ ..] => {
                bytes.push(*byte);
                rest = after;
            }
        }
    }
}

fn day(date: Date) -> [u8; DATE_BYTES] {
    let [high, low] = (date.year() ^ i16::MIN).to_be_bytes();
    // Months and days are small and positive.
    [high, low, date.month().unsigned_abs(), date.day().unsigned_abs()]
}

fn read_day(bytes: [u8; DATE_BYTES]) -> Option<Date> {
    let [high, low, month, day] = bytes;
    let year = i16::from_be_bytes([high, low]) ^ i16::MIN;
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn moments() -> impl Strategy<Value = Timestamp> {
        (Timestamp::MIN.as_nanosecond()..=Timestamp::MAX.as_nanosecond())
            .prop_map(|nanos| Timestamp::from_nanosecond(nanos).unwrap())
    }

    fn dates() -> impl Strategy<Value = Date> {
        (-9999_i16..=9999, 1_i8..=12, 1_i8..=28).prop_map(|(y, m, d)| Date::new(y, m, d).unwrap())
    }

    fn source_ids() -> impl Strategy<Value = SourceId> {
        "[a-z0-9._-]{1,64}".prop_map(|id| id.parse().unwrap())
    }

    proptest! {
        #[test]
        fn moments_sort_as_time_does(a in moments(), b in moments()) {
            prop_assert_eq!(moment(a).cmp(&moment(b)), a.cmp(&b));
        }

        #[test]
        fn posts_sort_by_saying_then_arrival(
            a in (moments(), any::<u64>()), b in (moments(), any::<u64>())
        ) {
            prop_assert_eq!(said(a.0, a.1).cmp(&said(b.0, b.1)), a.cmp(&b));
            prop_assert_eq!(arrival_at_end(&said(a.0, a.1)), Some(a.1));
        }

        #[test]
        fn posts_of_a_source_lie_together_in_the_order_of_saying(
            a in (source_ids(), moments(), any::<u64>()), b in (source_ids(), moments(), any::<u64>())
        ) {
            prop_assert_eq!(from(&a.0, a.1, a.2).cmp(&from(&b.0, b.1, b.2)), a.cmp(&b));
            prop_assert_eq!(read_moment_and_arrival(&from(&a.0, a.1, a.2)), Some((a.1, a.2)));
        }

        #[test]
        fn stamps_sort_by_number_then_arrival(a in any::<(u32, u64)>(), b in any::<(u32, u64)>()) {
            prop_assert_eq!(stamped(a.0, a.1).cmp(&stamped(b.0, b.1)), a.cmp(&b));
            prop_assert_eq!(read_stamped(&stamped(a.0, a.1)), Some(a));
        }

        #[test]
        fn texts_sort_as_they_are_and_none_begins_another(a in any::<String>(), b in any::<String>()) {
            prop_assert_eq!(text(&a).cmp(&text(&b)), a.cmp(&b));
            prop_assert_eq!(text(&a).starts_with(&text(&b)), a == b);
        }

        #[test]
        fn the_ledger_sorts_by_reader_then_date_and_reads_back(
            a in ("\\PC{0,6}|[\0a]{0,4}", dates(), any::<[u8; 16]>()),
            b in ("\\PC{0,6}|[\0a]{0,4}", dates(), any::<[u8; 16]>()),
        ) {
            let key = |of: &(String, Date, [u8; 16])| told(&of.0, of.1, PostId::from_bytes(of.2));
            prop_assert_eq!(key(&a).cmp(&key(&b)), a.cmp(&b));
            prop_assert_eq!(read_told(&key(&a)), Some((a.0, a.1, PostId::from_bytes(a.2))));
        }

        #[test]
        fn labels_of_a_topic_lie_together_and_read_back(
            a in ("\\PC{0,6}|[\0a]{0,4}", any::<[u8; 16]>()),
            b in ("\\PC{0,6}|[\0a]{0,4}", any::<[u8; 16]>()),
        ) {
            let key = |of: &(String, [u8; 16])| label(&of.0, PostId::from_bytes(of.1));
            prop_assert_eq!(key(&a).cmp(&key(&b)), a.cmp(&b));
            prop_assert_eq!(read_label(&key(&a)), Some((a.0, PostId::from_bytes(a.1))));
        }

        #[test]
        fn what_a_reader_says_lies_by_reader_and_date_and_reads_back(
            reader in "\\PC{0,6}|[\0a]{0,4}", date in dates(), block in 0_usize..5,
            index in any::<u8>(), post in any::<[u8; 16]>(), apart in any::<bool>(),
        ) {
            let point = PointRef { block: BLOCKS[block], index, post: PostId::from_bytes(post) };
            let key = feedback(&reader, date, point, apart);
            prop_assert!(key.starts_with(&digest(&reader, date)));
            prop_assert_eq!(read_feedback(&key), Some((reader.clone(), date, point)));
            prop_assert_eq!(read_reader(&super::reader(&reader)), Some(reader));
            // The later pieces of a value are none.
            prop_assert_eq!(read_feedback(&[&key[..], &[0, 1]].concat()), None);
        }

        #[test]
        fn seals_and_backups_read_back(number in any::<u32>(), seal in any::<[u8; 16]>(), folder in any::<String>()) {
            prop_assert_eq!(read_sealed(&sealed(number, seal)), Some((number, seal)));
            prop_assert_eq!(read_backup(&backup(&folder)), Some(folder));
        }

        #[test]
        fn all_keys_with_a_prefix_lie_before_its_end(
            prefix in any::<Vec<u8>>(), rest in any::<Vec<u8>>(), other in any::<Vec<u8>>()
        ) {
            let within = |key: &[u8]| key >= &prefix[..] && after(&prefix).is_none_or(|end| key < &end[..]);
            prop_assert!(within(&[prefix.clone(), rest].concat()));
            prop_assert_eq!(within(&other), other.starts_with(&prefix));
        }

        #[test]
        fn no_bytes_make_reading_a_key_panic(key in any::<Vec<u8>>()) {
            let _ = (arrival_at_end(&key), read_stamped(&key), read_source(&key), read_told(&key));
            let _ = (read_label(&key), read_lesson(&key), is_anchor(&key));
            let _ = (read_sealed(&key), read_backup(&key));
        }
    }
}
