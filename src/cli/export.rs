//! `overheard export` and `overheard import`: everything that was heard and judged, as one file.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write as _};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use super::Common;
use crate::app;
use crate::store::export;
use crate::text::count::count;

/// Write everything that was heard and judged to a file of JSON lines
#[derive(Debug, Args)]
#[command(after_help = "Example:
  overheard export overheard-2026-11-20.jsonl

Posts, verdicts, and what is remembered of sources; every line has a checksum, and the last one counts
them. The file is there whole or not at all.")]
pub(super) struct Export {
    /// The file to write
    file: PathBuf,
}

/// Take in what an export holds; what is there already is not doubled
#[derive(Debug, Args)]
#[command(after_help = "Example:
  overheard import overheard-2026-11-20.jsonl --data restored

The file is read through first: a damaged one changes nothing.")]
pub(super) struct Import {
    /// The file to read
    file: PathBuf,
}

impl Export {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let store = app::open_kept_store(&common.config()?)?;
        let writing = || format!("writing {}", self.file.display());
        let fresh = self.file.with_extension("part");
        let mut out = BufWriter::new(File::create(&fresh).with_context(writing)?);
        let counts = export::export(&*store, &mut out)?;
        out.into_inner()
            .map_err(io::IntoInnerError::into_error)?
            .sync_all()
            .with_context(writing)?;
        std::fs::rename(&fresh, &self.file).with_context(writing)?;
        let mut out = io::stdout().lock();
        writeln!(
            out,
            "{} and {} written to {}",
            count(counts.posts, "post", "posts"),
            count(counts.verdicts, "verdict", "verdicts"),
            self.file.display()
        )?;
        Ok(())
    }
}

impl Import {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let open = || {
            let file = File::open(&self.file);
            file.with_context(|| format!("reading {}", self.file.display())).map(BufReader::new)
        };
        export::check(&mut open()?)?;
        let store = app::open_store(&common.config()?)?;
        let taken = export::import(&*store, &mut open()?)?;
        let (counts, posts) = (taken.counts, taken.posts);
        let mut out = io::stdout().lock();
        writeln!(
            out,
            "{} and {} read: {} new, {} changed, {} there already; {}, {} new",
            count(counts.posts, "post", "posts"),
            count(counts.verdicts, "verdict", "verdicts"),
            count(posts.new, "post is", "posts are"),
            posts.updated,
            posts.same,
            count(counts.digests, "digest", "digests"),
            taken.new_digests,
        )?;
        if posts.refused > 0 {
            writeln!(out, "{} left out: erased", count(posts.refused, "post", "posts"))?;
        }
        Ok(())
    }
}
