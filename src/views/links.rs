//! Addresses of the pages a reader reaches from a digest: signed, so that nobody makes one up, and the
//! same whenever a digest is rendered.
//!
//! A token is what it is for, whom (a tag only the key turns into a name: no reader's id stands in an
//! address), the date and the point, and HMAC-SHA256 over these, cut to 12 bytes, in hexadecimal: mail
//! servers fold the case of an address. Those of a point end [`LIVES_DAYS`] after the digest's date; those
//! of a reader hold as long as the key, a feed and a calendar until they are renewed.

use hmac::digest::Key;
use hmac::{Hmac, Mac};
use jiff::ToSpan as _;
use jiff::civil::Date;
use sha2::Sha256;

use crate::digest::Digest;
use crate::feedback::{PointRef, Tap};
use crate::reader::Reader;
use crate::source::Knowledge;

/// Bytes of the key.
pub const KEY_BYTES: usize = 32;

/// For so long a digest's links can be used: a quarter's conversations, not a lost phone's for ever.
pub const LIVES_DAYS: i64 = 60;

/// 96 bits: a mail's tag is to fit before an address's @, where there is room for 64 characters.
const MAC_BYTES: usize = 12;
const TAG_BYTES: usize = 8;
/// Bytes of a post's id that tell a point from the one that stood in its place in another digest.
const POST_BYTES: usize = 4;
/// What is signed of a reader alone: kind and tag.
const OF_READER: usize = 1 + TAG_BYTES;
/// The same of a digest: kind, tag, date.
const OF_DIGEST: usize = OF_READER + 4;
/// The same of a point: kind, tag, date, block, index, post.
const OF_POINT: usize = OF_DIGEST + 2 + POST_BYTES;

/// Makes the addresses, and reads them back.
#[derive(Clone)]
pub struct Links {
    base: Option<String>,
    key: [u8; KEY_BYTES],
    mails_are_answered: bool,
}

impl std::fmt::Debug for Links {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Links").field("base", &self.base).finish_non_exhaustive()
    }
}

/// What an address is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leads {
    /// A point of the digest of a date.
    Point(Date, Place),
    /// The digest of a date as a page.
    Page(Date),
    /// An answer to the mail with the digest of a date.
    Mail(Date),
    /// The reader's feed, renewed on a date.
    Feed(Option<Date>),
    /// The reader's calendar, the same.
    Calendar(Option<Date>),
    /// The end of the reader's mails.
    Unsubscribe,
}

/// Where a point stands, and the beginning of its post's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    block: Option<Knowledge>,
    index: u8,
    post: [u8; POST_BYTES],
}

impl Place {
    /// Whether this is where the point stands.
    #[must_use]
    pub fn is(&self, point: PointRef) -> bool {
        *self == Self::of(point)
    }

    fn of(point: PointRef) -> Self {
        let [a, b, c, d, ..] = *point.post.as_bytes();
        Self { block: point.block, index: point.index, post: [a, b, c, d] }
    }
}

/// An address that cannot be followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoLink {
    /// It is none of ours, or was changed on its way.
    #[error(
        "This link is not complete, or is not one of ours. Open it again from the digest itself."
    )]
    Unknown,
    /// Its time is over.
    #[error(
        "This link has expired: the links of a digest work for 60 days. A newer digest has new ones."
    )]
    Expired,
}

/// A token that was read: for whom it is, by their tag, and where it leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opened {
    tag: [u8; TAG_BYTES],
    /// Where it leads.
    pub leads: Leads,
}

impl Links {
    /// Those below `base_url`, signed with `key`; none where that is empty.
    #[must_use]
    pub fn at(base_url: &str, key: [u8; KEY_BYTES]) -> Self {
        let base = base_url.trim_end_matches('/');
        let base = (!base.is_empty()).then(|| base.to_owned());
        Self { base, key, mails_are_answered: false }
    }

    /// The same, where somebody takes in what a digest's mail is answered with, if `they_are`.
    #[must_use]
    pub fn where_mails_are_answered(self, they_are: bool) -> Self {
        Self { mails_are_answered: they_are, ..self }
    }

    /// Whether an answer to a digest's mail comes to us.
    #[must_use]
    pub const fn are_mails_answered(&self) -> bool {
        self.mails_are_answered && self.base.is_some()
    }

    /// No addresses: there are no pages.
    #[must_use]
    pub const fn none() -> Self {
        Self { base: None, key: [0; KEY_BYTES], mails_are_answered: false }
    }

    /// The page with the taps of one point.
    #[must_use]
    pub fn point(&self, digest: &Digest, point: PointRef) -> Option<String> {
        Some(format!("{}/p/{}", self.base.as_ref()?, self.point_token(digest, point)))
    }

    /// The page with the button of one tap.
    #[must_use]
    pub fn tap(&self, digest: &Digest, point: PointRef, tap: Tap) -> Option<String> {
        Some(format!("{}/{}", self.point(digest, point)?, tap.name()))
    }

    /// The page on which to say that one heard the same.
    #[must_use]
    pub fn heard_too(&self, digest: &Digest, point: PointRef) -> Option<String> {
        self.tap(digest, point, Tap::HeardToo)
    }

    /// The digest as a page.
    #[must_use]
    pub fn page(&self, digest: &Digest) -> Option<String> {
        let token = self.token(&self.of_digest(b'd', &digest.reader, digest.date));
        Some(format!("{}/d/{token}", self.base.as_ref()?))
    }

    /// Where the reader ends their mails: RFC 8058 posts there without a sign-in.
    #[must_use]
    pub fn unsubscribe(&self, reader: &str) -> Option<String> {
        self.of_reader_at("u", reader, None)
    }

    /// The reader's own Atom feed: whoever knows the address reads it.
    #[must_use]
    pub fn feed(&self, reader: &Reader) -> Option<String> {
        Some(format!("{}.atom", self.of_reader_at("f", &reader.id, reader.renewed)?))
    }

    /// The reader's own calendar, with a note a morning.
    #[must_use]
    pub fn calendar(&self, reader: &Reader) -> Option<String> {
        Some(format!("{}.ics", self.of_reader_at("c", &reader.id, reader.renewed)?))
    }

    /// What an answer to the mail with a digest is known by: 50 letters and digits, for a Message-ID
    /// (`<TAG@domain>`) or an address to answer to (`overheard+TAG@domain`).
    #[must_use]
    pub fn mail_tag(&self, reader: &str, date: Date) -> String {
        self.token(&self.of_digest(b'm', reader, date))
    }

    /// What a reader's notes are signed with: tells colleagues apart, and names none.
    #[must_use]
    pub fn colleague(&self, reader: &str) -> String {
        let whole = self.signature(b"colleague", reader.as_bytes()).finalize().into_bytes();
        whole[..4].iter().fold("colleague-".to_owned(), |name, byte| format!("{name}{byte:02x}"))
    }

    /// A name for what a reader gets, wherever the pages move: a UUID of version 8.
    #[must_use]
    pub fn uuid(&self, reader: &str, what: &str) -> String {
        let whole = self.signature(what.as_bytes(), reader.as_bytes()).finalize().into_bytes();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&whole[..16]);
        bytes[6] = bytes[6] & 0x0f | 0x80;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let hex = bytes.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
        [0..8, 8..12, 12..16, 16..20, 20..32].map(|at| &hex[at]).join("-")
    }

    /// Where readers reach the pages.
    #[must_use]
    pub fn base(&self) -> Option<&str> {
        self.base.as_deref()
    }

    /// Whether the token is for this reader.
    #[must_use]
    pub fn is_for(&self, opened: &Opened, reader: &str) -> bool {
        opened.tag == self.tag(reader)
    }

    /// Reads a token.
    ///
    /// # Errors
    /// [`NoLink`].
    pub fn open(&self, token: &str, today: Date) -> Result<Opened, NoLink> {
        // Without pages there is no key, and whatever is signed with none is anybody's.
        self.base.as_ref().ok_or(NoLink::Unknown)?;
        let bytes = from_hex(token).ok_or(NoLink::Unknown)?;
        let at = bytes.len().checked_sub(MAC_BYTES).ok_or(NoLink::Unknown)?;
        let (said, mac) = bytes.split_at(at);
        let signed = self.signature(b"link", said).verify_truncated_left(mac);
        signed.map_err(|_| NoLink::Unknown)?;
        let (kind, rest) = said.split_first().ok_or(NoLink::Unknown)?;
        let (tag, rest) = rest.split_first_chunk::<TAG_BYTES>().ok_or(NoLink::Unknown)?;
        let leads = leads(*kind, rest).ok_or(NoLink::Unknown)?;
        let date = match leads {
            Leads::Point(date, _) | Leads::Page(date) | Leads::Mail(date) => Some(date),
            Leads::Feed(_) | Leads::Calendar(_) | Leads::Unsubscribe => None,
        };
        if date.is_some_and(|date| date.saturating_add(LIVES_DAYS.days()) < today) {
            return Err(NoLink::Expired);
        }
        Ok(Opened { tag: *tag, leads })
    }

    fn point_token(&self, digest: &Digest, point: PointRef) -> String {
        let mut said = self.of_digest(b'p', &digest.reader, digest.date);
        let place = Place::of(point);
        said.extend([block_byte(place.block), place.index]);
        said.extend(place.post);
        self.token(&said)
    }

    fn of_reader_at(&self, kind: &str, reader: &str, renewed: Option<Date>) -> Option<String> {
        let mut said = kind.as_bytes().to_vec();
        said.extend(self.tag(reader));
        said.extend(renewed.iter().flat_map(|date| written(*date)));
        Some(format!("{}/{kind}/{}", self.base.as_ref()?, self.token(&said)))
    }

    fn of_digest(&self, kind: u8, reader: &str, date: Date) -> Vec<u8> {
        let mut said = vec![kind];
        said.extend(self.tag(reader));
        said.extend(written(date));
        said
    }

    fn tag(&self, reader: &str) -> [u8; TAG_BYTES] {
        let whole = self.signature(b"reader", reader.as_bytes()).finalize().into_bytes();
        let mut tag = [0; TAG_BYTES];
        tag.copy_from_slice(&whole[..TAG_BYTES]);
        tag
    }

    fn token(&self, said: &[u8]) -> String {
        let mac = self.signature(b"link", said).finalize().into_bytes();
        let bytes = said.iter().chain(&mac[..MAC_BYTES]);
        bytes.fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
    }

    /// Of what is said, for one purpose: a tag is never taken for a link.
    fn signature(&self, purpose: &[u8], said: &[u8]) -> Hmac<Sha256> {
        // HMAC fills a key up with zeros to its block: done here, nothing can fail.
        let mut block = Key::<Hmac<Sha256>>::default();
        block[..KEY_BYTES].copy_from_slice(&self.key);
        let mut mac = <Hmac<Sha256> as Mac>::new(&block);
        mac.update(purpose);
        mac.update(&[0]);
        mac.update(said);
        mac
    }
}

fn written(date: Date) -> [u8; 4] {
    let [high, low] = date.year().to_be_bytes();
    [high, low, date.month().unsigned_abs(), date.day().unsigned_abs()]
}

fn leads(kind: u8, rest: &[u8]) -> Option<Leads> {
    let renewed = || if rest.is_empty() { Some(None) } else { read_date(rest).map(Some) };
    let of_digest = || (rest.len() == OF_DIGEST - OF_READER).then(|| read_date(rest))?;
    match kind {
        b'p' if rest.len() == OF_POINT - OF_READER => {
            let (date, place) = rest.split_at(OF_DIGEST - OF_READER);
            let (where_, post) = place.split_first_chunk::<2>()?;
            let block = *BLOCKS.get(usize::from(where_[0]))?;
            let place = Place { block, index: where_[1], post: post.try_into().ok()? };
            Some(Leads::Point(read_date(date)?, place))
        }
        b'd' => of_digest().map(Leads::Page),
        b'm' => of_digest().map(Leads::Mail),
        b'f' => renewed().map(Leads::Feed),
        b'c' => renewed().map(Leads::Calendar),
        b'u' => rest.is_empty().then_some(Leads::Unsubscribe),
        _ => None,
    }
}

fn read_date(bytes: &[u8]) -> Option<Date> {
    let [high, low, month, day] = bytes.try_into().ok()?;
    let year = i16::from_be_bytes([high, low]);
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

const BLOCKS: [Option<Knowledge>; 5] = [
    None,
    Some(Knowledge::Public),
    Some(Knowledge::Field),
    Some(Knowledge::Survey),
    Some(Knowledge::Expert),
];

fn block_byte(block: Option<Knowledge>) -> u8 {
    let at = BLOCKS.iter().position(|known| *known == block).unwrap_or_default();
    u8::try_from(at).unwrap_or_default()
}

/// The bytes of at most as many digits as a token has.
fn from_hex(hex: &str) -> Option<Vec<u8>> {
    let digits = hex.as_bytes();
    if !digits.len().is_multiple_of(2) || digits.len() > 2 * (OF_POINT + MAC_BYTES) {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    digits.chunks(2).map(|pair| Some(digit(pair[0])? * 16 + digit(pair[1])?)).collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn links() -> Links {
        Links::at("https://overheard.example/", [7; KEY_BYTES])
    }

    #[test]
    fn a_tag_of_a_mail_reads_back_and_fits_an_address() {
        let tag = links().mail_tag("ada", date(2026, 11, 22));
        assert!(tag.len() + "overheard+".len() <= 64, "{tag}");
        let opened = links().open(&tag, date(2026, 11, 22)).unwrap();
        assert_eq!(opened.leads, Leads::Mail(date(2026, 11, 22)));
        assert!(links().is_for(&opened, "ada") && !links().is_for(&opened, "ben"));
        let shouted = tag.to_uppercase();
        assert_eq!(links().open(&shouted, date(2026, 11, 22)), Ok(opened));
    }

    #[test]
    fn a_link_ends_after_sixty_days_and_a_feed_does_not() {
        let tag = links().mail_tag("ada", date(2026, 11, 22));
        assert!(links().open(&tag, date(2027, 1, 21)).is_ok());
        assert_eq!(links().open(&tag, date(2027, 1, 22)), Err(NoLink::Expired));
        for renewed in [None, Some(date(2026, 11, 22))] {
            let feed = links().of_reader_at("f", "ada", renewed).unwrap();
            let token = feed.rsplit('/').next().unwrap();
            assert_eq!(links().open(token, date(2099, 1, 1)).unwrap().leads, Leads::Feed(renewed));
        }
    }

    #[test]
    fn without_a_place_where_readers_reach_us_there_are_no_links() {
        assert_eq!(Links::none().of_reader_at("f", "ada", None), None);
        assert_eq!(Links::at("", [1; KEY_BYTES]).unsubscribe("ada"), None);
    }

    proptest! {
        #[test]
        fn a_token_that_was_changed_anywhere_is_refused(at in 0_usize..50, to in "[0-9a-f]") {
            let tag = links().mail_tag("ada", date(2026, 11, 22));
            let at = at.min(tag.len() - 1);
            let changed = format!("{}{to}{}", &tag[..at], &tag[at + 1..]);
            prop_assume!(changed != tag);
            prop_assert_eq!(links().open(&changed, date(2026, 11, 22)), Err(NoLink::Unknown));
        }

        #[test]
        fn whatever_is_no_token_is_refused(token in "\\PC{0,90}") {
            prop_assert_eq!(links().open(&token, date(2026, 11, 22)), Err(NoLink::Unknown));
        }
    }
}
