//! A folder: each digest as HTML, plain text and Markdown, under its date and its reader.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::digest::Digest;
use crate::post::{Post, PostId};
use crate::views;

/// A digest could not be delivered.
#[derive(Debug, thiserror::Error)]
pub enum DeliverError {
    /// The digest says something that no post says; it is not sent.
    #[error("the digest of {reader} for {date} is not sent: {source}")]
    Refused {
        /// Whose.
        reader: String,
        /// Of which date.
        date: jiff::civil::Date,
        /// What it says.
        source: views::Refused,
    },
    /// A file could not be written.
    #[error("{}: {source}", file.display())]
    Io {
        /// Which file.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Writes `folder/DATE/READER.{html,txt,md}` and gives the paths. Equal digests give equal bytes, so
/// writing again after a crash does no harm.
///
/// # Errors
/// [`DeliverError`].
pub fn write(
    folder: &Path,
    digest: &Digest,
    posts: &HashMap<PostId, Post>,
) -> Result<Vec<PathBuf>, DeliverError> {
    let refused = |source| DeliverError::Refused {
        reader: digest.reader.clone(),
        date: digest.date,
        source,
    };
    let lookup = |id| posts.get(&id).cloned();
    let rendered = [
        ("html", views::html(digest, lookup).map_err(refused)?),
        ("txt", views::text(digest, lookup).map_err(refused)?),
        ("md", views::markdown(digest, lookup).map_err(refused)?),
    ];
    let folder = folder.join(digest.date.to_string());
    let files = rendered.into_iter().map(|(ending, content)| {
        let file = folder.join(format!("{}.{ending}", digest.reader));
        replace(&file, &content).map_err(|source| DeliverError::Io { file: file.clone(), source })?;
        Ok(file)
    });
    files.collect()
}

/// Writes a file so that it is there whole or not at all.
fn replace(file: &Path, content: &str) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let fresh = file.with_extension("new");
    fs::write(&fresh, content)?;
    fs::rename(&fresh, file)
}
