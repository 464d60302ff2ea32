//! A folder: each digest as HTML, plain text and Markdown, under its date and its reader.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::digest::Proven;
use crate::views::{self, Links};

/// A digest could not be delivered.
#[derive(Debug, thiserror::Error)]
pub enum DeliverError {
    /// The template failed.
    #[error("the digest of {reader} for {date}: {source}")]
    NotLaidOut {
        /// Whose.
        reader: String,
        /// Of which date.
        date: jiff::civil::Date,
        /// Why.
        source: views::NotLaidOut,
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
pub fn write(folder: &Path, proven: &Proven, links: &Links) -> Result<Vec<PathBuf>, DeliverError> {
    let digest = proven.digest();
    let (reader, date) = (&digest.reader, digest.date);
    let html = views::html(proven, links).map_err(|source| DeliverError::NotLaidOut {
        reader: reader.clone(),
        date,
        source,
    })?;
    let rendered = [
        ("html", html),
        ("txt", views::text(proven, links)),
        ("md", views::markdown(proven, links)),
    ];
    let folder = folder.join(digest.date.to_string());
    // Whoever has the link of a tap may tap.
    let mode = if links.base().is_some() { 0o640 } else { 0o666 };
    let files = rendered.into_iter().map(|(ending, content)| {
        let file = folder.join(format!("{}.{ending}", digest.reader));
        replace(&file, &content, mode)
            .map_err(|source| DeliverError::Io { file: file.clone(), source })?;
        Ok(file)
    });
    files.collect()
}

/// Whether a reader's digest of a date lies in the folder.
#[must_use]
pub fn is_written(folder: &Path, reader: &str, date: jiff::civil::Date) -> bool {
    let folder = folder.join(date.to_string());
    ["html", "txt", "md"].iter().all(|ending| folder.join(format!("{reader}.{ending}")).exists())
}

/// Whether any form of it lies there.
#[must_use]
pub fn is_any_written(folder: &Path, reader: &str, date: jiff::civil::Date) -> bool {
    let folder = folder.join(date.to_string());
    ["html", "txt", "md"].iter().any(|ending| folder.join(format!("{reader}.{ending}")).exists())
}

/// Writes a file so that it is there whole or not at all, for those whom `mode` and the mask of the process let
/// read it.
pub(super) fn replace(file: &Path, content: &str, mode: u32) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let folder = file.parent().unwrap_or(Path::new("."));
    let mut fresh = tempfile::Builder::new()
        .prefix(".new-")
        .permissions(fs::Permissions::from_mode(mode))
        .tempfile_in(folder)?;
    fresh.write_all(content.as_bytes())?;
    // That it is there is what tells that it was written: not before it is.
    fresh.as_file().sync_all()?;
    fresh.persist(file).map_err(|error| error.error)?;
    Ok(())
}
