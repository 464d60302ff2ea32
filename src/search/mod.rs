//! Finding: an index of the words of posts, and of what they are filtered by. It holds nothing that the
//! store does not, and is always to be had again from there (invariant 10).
//!
//! ```text
//! query     what somebody types → what is wanted of a post
//! follow    the store's changes → the index
//! words     what is wanted → posts, best or newest first
//! answer    posts → what a person is shown: words around what was found, reprints folded, counts
//! meaning   an index of its own: which posts are near in meaning
//! ```

mod answer;
mod asked;
mod counted;
mod error;
mod fields;
mod folder;
mod follow;
pub mod meaning;
pub mod query;
mod segments;
mod snippet;
mod tokens;
mod words;

pub use self::answer::{
    Answer, Ask, Counts, Facets, Hit, Looser, Named, Reprint, Tally, Week, answer, apart, loosened,
};
pub use self::error::WordsError;
pub use self::fields::sentiment_name;
pub use self::follow::{Followed, THERE_WAS_NONE, Watch, catch_up, rebuild};
pub use self::query::{NotAQuery, Query};
pub use self::snippet::{Marked, Marker};
pub use self::words::{Found, Sort, Words};
