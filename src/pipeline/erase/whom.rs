//! Who or what is to be erased, as somebody asks for it.

use crate::post::PostId;
use crate::source::SourceId;
use crate::store::erase::Sign;

/// Who or what is to be erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whom {
    /// Everything by an author with this handle; in one source by this handle or name.
    Author {
        /// The handle or the name.
        name: String,
        /// In which source.
        source: Option<SourceId>,
    },
    /// Everything by an author with this mail address.
    Mail(String),
    /// What stands at this address.
    Place(String),
    /// One post.
    Post(PostId),
}

/// Nothing can stand at this address.
#[derive(Debug, thiserror::Error)]
#[error(
    "{0:?} is no post's address: give it whole, as the digest links to it, or the post's id, or the first digits of it"
)]
pub struct NoPlace(String);

impl Whom {
    /// What is looked for, and stays out.
    ///
    /// # Errors
    /// [`NoPlace`].
    pub fn sign(&self) -> Result<Sign, NoPlace> {
        match self {
            Self::Author { name, source: None } => Ok(Sign::handle(name)),
            Self::Author { name, source: Some(source) } => Ok(Sign::name(source, name)),
            Self::Mail(address) => Ok(Sign::mail(address)),
            Self::Place(address) => Sign::place(address).ok_or_else(|| NoPlace(address.clone())),
            Self::Post(id) => Ok(Sign::Post(*id)),
        }
    }

    /// What was asked for, without saying whom.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Author { source: None, .. } => "an author, by handle",
            Self::Author { source: Some(_), .. } => "an author, by name in one source",
            Self::Mail(_) => "an author, by mail address",
            Self::Place(_) | Self::Post(_) => "one post",
        }
    }

    /// What is to stand in no memory: the name, in lower case.
    pub(super) fn word(&self) -> Option<String> {
        match self {
            Self::Author { name: word, .. } | Self::Mail(word) | Self::Place(word) => {
                Some(word.trim().trim_start_matches('@').to_lowercase())
            }
            Self::Post(_) => None,
        }
    }
}
