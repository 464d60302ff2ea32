//! Near-duplicates: reprints with small edits, cut reprints, teasers.
//!
//! A sample of each text's five-word runs finds the candidates in one pass, however many posts there
//! are (Broder's mod-p sketch: unlike MinHash bands it also finds a short text inside a long one);
//! the share of common three-word runs, counted exactly, decides.

use std::collections::{HashMap, HashSet};

use jiff::SignedDuration;

use super::union::Union;
use crate::digest::Heard;
use crate::post::Post;
use crate::side_by_side;
use crate::text::words;

/// Words compared: a reprint shows in its first pages, and work stays bounded.
const WORDS: usize = 3_000;

/// Fewer words than this are a greeting: that two people say it is no reprint.
const MIN_WORDS: usize = 8;

/// Two texts that have half of their runs in common are one. Each word changed costs three runs, so
/// that is a reprint with one word in six changed.
const SAME: f64 = 0.5;

/// One source seldom reprints itself, but its posts share a frame of standing phrases.
const SAME_WITHIN_A_SOURCE: f64 = 0.8;

/// A cut text is a reprint where nearly all of it stands in the longer one.
const CONTAINED: f64 = 0.8;

/// A cut text has to be this many runs long: a standing sentence is found in many texts.
const CONTAINED_RUNS: usize = 18;

/// A headline that comes again later is another year's.
const ONE_NEWS: SignedDuration = SignedDuration::from_hours(72);

/// One in so many runs is looked up; a short text gives all of its runs.
const SAMPLE: u64 = 4;

/// Words up to which a text counts as short.
const SHORT: usize = 60;

/// Posts with one run in common are compared with at most so many stories that have it: a standing
/// phrase must not make the work quadratic.
const LEADERS: usize = 6;

/// What the hashes of words and of runs of words are polynomials of: odd, with its bits well spread.
const POLYNOMIAL: u64 = 0x9E37_79B9_7F4A_7C15;

/// Texts whose anchors are found at a time.
const AT_ONCE: usize = 1_000;

/// Parts that anchors are sorted in, side by side; a power of two.
const PARTS: usize = 8;

/// The three-word runs of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runs {
    sorted: Vec<u64>,
    words: usize,
}

impl Runs {
    /// The runs of `text`, without regard to case and punctuation.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self::of_hashes(&word_hashes([text]))
    }

    fn of_hashes(hashes: &[u64]) -> Self {
        let mut sorted: Vec<u64> = runs(hashes, 3).collect();
        sorted.sort_unstable();
        sorted.dedup();
        Self { sorted, words: hashes.len() }
    }

    /// Runs in common: of both together (Jaccard), and of the shorter one.
    #[must_use]
    pub fn common(&self, other: &Self) -> (f64, f64) {
        let (mut a, mut b, mut both) = (0, 0, 0_usize);
        while let (Some(x), Some(y)) = (self.sorted.get(a), other.sorted.get(b)) {
            both += usize::from(x == y);
            a += usize::from(x <= y);
            b += usize::from(y <= x);
        }
        let shorter = self.sorted.len().min(other.sorted.len());
        if shorter == 0 {
            return (0.0, 0.0);
        }
        let either = self.sorted.len() + other.sorted.len() - both;
        (both as f64 / either as f64, both as f64 / shorter as f64)
    }

    /// Whether two texts of different sources are one.
    #[must_use]
    pub fn reprints(&self, other: &Self) -> bool {
        if self.words.min(other.words) < MIN_WORDS {
            return false;
        }
        let (share, contained) = self.common(other);
        let shorter = self.sorted.len().min(other.sorted.len());
        share >= SAME || (contained >= CONTAINED && shorter >= CONTAINED_RUNS)
    }

    fn repeats(&self, other: &Self) -> bool {
        self.words.min(other.words) >= MIN_WORDS && self.common(other).0 >= SAME_WITHIN_A_SOURCE
    }
}

/// Joins the posts whose words are nearly the same. `order` is the order they were said in.
pub(super) fn join(posts: &[Heard], order: &[usize], same: &mut Union) {
    join_alike(posts, order, same, &Post::parts, &|_, _| true);
    // Of many feeds we get nothing but the headline: it is what there is to compare.
    if !posts.iter().any(|heard| heard.post.said.text.trim().is_empty()) {
        return;
    }
    let is_bare = |post: &Post| post.said.text.trim().is_empty();
    join_alike(posts, order, same, &headline, &|a, b| {
        is_bare(a) != is_bare(b) && a.when().duration_since(b.when()).abs() <= ONE_NEWS
    });
}

fn headline(post: &Post) -> [&str; 2] {
    [post.said.title.as_deref().unwrap_or_default(), ""]
}

/// Joins the posts of which `words` are nearly the same, where they `may` be one.
fn join_alike(
    posts: &[Heard],
    order: &[usize],
    same: &mut Union,
    words: &(dyn for<'p> Fn(&'p Post) -> [&'p str; 2] + Sync),
    may: &dyn Fn(&Post, &Post) -> bool,
) {
    let hashes_of = |index: usize| word_hashes(words(posts[index].post));
    let rows = rows(order.len(), |place| hashes_of(order[place]));
    let buckets = || rows.iter().flat_map(|part| part.chunk_by(|a, b| a.0 == b.0));
    let shared = || buckets().filter(|bucket| bucket.len() > 1);

    // Most posts have no run in common with another: only the others are compared.
    let mut near: Vec<u32> = shared().flatten().map(|&(_, place)| place).collect();
    near.sort_unstable();
    near.dedup();
    let runs =
        side_by_side::map(&near, |&place| Runs::of_hashes(&hashes_of(order[place as usize])));
    let runs: HashMap<u32, Runs> = near.into_iter().zip(runs).collect();

    let mut compared: HashSet<(u32, u32)> = HashSet::new();
    let mut leaders: Vec<u32> = Vec::new();
    for bucket in shared() {
        leaders.clear();
        for &(_, place) in bucket {
            let here = order[place as usize];
            let mut known = false;
            for &leader in &leaders {
                let there = order[leader as usize];
                if same.root(here) == same.root(there) {
                    known = true;
                } else if may(posts[here].post, posts[there].post)
                    && compared.insert((leader, place))
                    && let (Some(a), Some(b)) = (runs.get(&leader), runs.get(&place))
                {
                    let one_source = posts[here].post.source == posts[there].post.source;
                    if if one_source { a.repeats(b) } else { a.reprints(b) } {
                        same.join(here, there);
                        known = true;
                    }
                }
            }
            if !known && leaders.len() < LEADERS {
                leaders.push(place);
            }
        }
    }
}

/// Every anchor with the places of the texts that have it, sorted, in a few parts that follow one another.
fn rows(texts: usize, hashes_of: impl Fn(usize) -> Vec<u64> + Sync) -> Vec<Vec<(u64, u32)>> {
    let begins: Vec<usize> = (0..texts).step_by(AT_ONCE).collect();
    let found = side_by_side::map(&begins, |&begin| {
        let mut parts = [const { Vec::new() }; PARTS];
        for place in begin..texts.min(begin + AT_ONCE) {
            let hashes = hashes_of(place);
            anchors(&hashes).for_each(|anchor| parts[part_of(anchor)].push((anchor, place as u32)));
        }
        parts
    });
    let parts: Vec<usize> = (0..PARTS).collect();
    side_by_side::map(&parts, |&part| {
        let mut rows: Vec<(u64, u32)> =
            found.iter().flat_map(|parts| &parts[part]).copied().collect();
        rows.sort_unstable();
        rows.dedup();
        rows
    })
}

fn part_of(anchor: u64) -> usize {
    (anchor >> (u64::BITS - PARTS.ilog2())) as usize
}

/// The five-word runs a text is looked up by.
fn anchors(hashes: &[u64]) -> impl Iterator<Item = u64> {
    let every = if hashes.len() <= SHORT { 1 } else { SAMPLE };
    runs(hashes, 5).filter(move |hash| hash % every == 0)
}

/// The hashes of the words of a text, which is given in parts.
fn word_hashes<const PARTS: usize>(text: [&str; PARTS]) -> Vec<u64> {
    let longest = text.iter().map(|part| part.len() / 4).sum::<usize>().min(WORDS);
    let mut hashes = Vec::with_capacity(longest);
    hashes.extend(text.into_iter().flat_map(words::words).take(WORDS).map(hash_of_word));
    hashes
}

/// A polynomial of the letters of the folded word, eight at a time: the same everywhere, and words are short.
fn hash_of_word(word: &str) -> u64 {
    let mix = |hash: u64, letters: &[u8]| {
        let letter = |number: u64, byte: &u8| number << 8 | u64::from(byte.to_ascii_lowercase());
        mixed(hash.wrapping_mul(POLYNOMIAL) ^ letters.iter().fold(0, letter))
    };
    if word.is_ascii() {
        return word.as_bytes().chunks(8).fold(0, mix);
    }
    words::folded(word).fold(0, |hash, word| word.as_bytes().chunks(8).fold(hash, mix))
}

/// The hashes of the runs of so many words, each of them a hash itself: a polynomial of these, so that their order
/// counts, which is rolled from one run to the next (Rabin and Karp, 1987), and mixed.
fn runs(words: &[u64], length: usize) -> impl Iterator<Item = u64> {
    let leaving = (0..length).fold(1, |power: u64, _| power.wrapping_mul(POLYNOMIAL));
    let add = |sum: u64, word: u64| sum.wrapping_mul(POLYNOMIAL).wrapping_add(word);
    let first = words.len().min(length - 1);
    let mut sum = words[..first].iter().fold(0, |sum, word| add(sum, *word));
    let left = std::iter::once(0).chain(words.iter().copied());
    words[first..].iter().zip(left).map(move |(&word, left)| {
        sum = add(sum, word).wrapping_sub(left.wrapping_mul(leaving));
        mixed(sum)
    })
}

/// The finalizer of SplitMix64 (Steele, Lea and Flood, 2014).
const fn mixed(sum: u64) -> u64 {
    let mixed = (sum ^ (sum >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIRE: &str = "Cloudbase said on Monday that it will raise the price of block storage by \
        eighteen percent from January, its third increase in two years, and blamed the cost of \
        energy. Customers on annual contracts keep their present rate until renewal, the company \
        said in a statement, and will be told sixty days ahead.";

    #[test]
    fn a_run_is_the_same_wherever_it_stands() {
        let words: Vec<u64> = (1..=9).map(mixed).collect();
        let all: Vec<u64> = runs(&words, 3).collect();
        assert_eq!(all.len(), 7);
        for (at, run) in all.iter().enumerate() {
            assert_eq!(runs(&words[at..at + 3], 3).collect::<Vec<_>>(), [*run]);
        }
        assert_ne!(runs(&[1, 2, 3], 3).next(), runs(&[3, 2, 1], 3).next());
        assert_eq!(runs(&words[..2], 3).count(), 0);
    }

    #[test]
    fn a_reprint_with_small_edits_is_a_reprint() {
        let edited = WIRE.replace("on Monday", "today").replace("eighteen percent", "18 percent");
        assert!(Runs::of(WIRE).reprints(&Runs::of(&edited)));
    }

    #[test]
    fn a_cut_reprint_is_a_reprint() {
        let cut = &WIRE[..170];
        assert!(Runs::of(cut).reprints(&Runs::of(WIRE)));
    }

    #[test]
    fn the_same_news_in_other_words_is_not() {
        let own = "From the new year on, block storage at Cloudbase becomes eighteen percent \
            dearer. It is the third time in two years that the vendor asks for more, and once \
            again it points at its energy bill. Annual contracts are safe until they are renewed.";
        assert!(!Runs::of(WIRE).reprints(&Runs::of(own)));
    }

    #[test]
    fn a_short_standing_phrase_is_not() {
        assert!(
            !Runs::of("Thanks for sharing this!").reprints(&Runs::of("Thanks for sharing this!"))
        );
    }
}
