//! What readers answer: kept beside the digest it is of; a note is kept as a post of our own field.

use std::collections::BTreeSet;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::digest::{Digest, Pointed};
use crate::feedback::{Feedback, PointRef, Tap, Way};
use crate::post::{Author, Post, PostId, Said};
use crate::source::{Source, SourceId};
use crate::store::{Store, StoreError};

/// Characters of a note: what is heard in the field is said in a few sentences.
pub const NOTE_CHARS: usize = 1_000;

/// Posts of a point whose sources are looked up: those of a few voices tell where it came from.
const LOOKED_UP: usize = 40;

/// Takes in what one reader answers.
#[derive(Clone, Copy)]
pub struct HearBack<'a> {
    /// Where it is kept.
    pub store: &'a dyn Store,
    /// When it came.
    pub at: Timestamp,
    /// By what way.
    pub way: Way,
}

/// What a reader heard.
#[derive(Debug, Clone, Copy)]
pub struct Note<'n> {
    /// In their words.
    pub text: &'n str,
    /// From which company, where they say so.
    pub company: Option<&'n str>,
    /// What tells colleagues apart, without a name.
    pub colleague: &'n str,
}

impl HearBack<'_> {
    /// What a tap comes to: nothing is kept.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn feedback(
        &self,
        digest: &Digest,
        (point, pointed): (PointRef, Pointed<'_>),
        tap: Tap,
    ) -> Result<Feedback, StoreError> {
        let mut sources: BTreeSet<SourceId> = BTreeSet::new();
        for post in pointed.stories().iter().flatten().take(LOOKED_UP) {
            sources.extend(self.store.post(*post)?.map(|post| post.source));
        }
        Ok(Feedback {
            reader: digest.reader.clone(),
            date: digest.date,
            point,
            tap,
            at: self.at,
            way: self.way,
            topic: pointed.topic().cloned(),
            account: pointed.account().cloned(),
            sources: sources.into_iter().collect(),
            note: None,
        })
    }

    /// Keeps a note as a post, to be judged like any other; none where it says nothing. Sent twice it is
    /// one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn note(&self, note: Note<'_>) -> Result<Option<PostId>, StoreError> {
        let text: String = note.text.trim().chars().take(NOTE_CHARS).collect();
        if text.is_empty() {
            return Ok(None);
        }
        // The same words on the same day are one note.
        let day = self.at.strftime("%F").to_string();
        let mut hash = Sha256::new();
        for part in [note.colleague, &day, note.company.unwrap_or_default(), &text] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        let key = hash.finalize().iter().take(16).fold(String::new(), |k, b| format!("{k}{b:02x}"));
        let said = Said {
            key,
            title: note.company.map(str::to_owned),
            text,
            author: Some(Author {
                name: Some("a colleague".to_owned()),
                handle: Some(note.colleague.to_owned()),
                url: None,
            }),
            published: Some(self.at),
            noindex: true,
            ..Said::default()
        };
        let post = Post::new(&Source::of_notes().id, said, self.at);
        self.store.keep(std::slice::from_ref(&post))?;
        Ok(Some(post.id))
    }
}
