//! `overheard reply`.

use std::io::{self, Read as _, Write as _};

use clap::Args;

use super::Common;
use crate::app;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Market;
use crate::pipeline::reply::{Answered, MOST_BYTES, Mailbox};
use crate::views::safe::plain;

/// Characters of a claim shown.
const CLAIM: usize = 80;

/// Take in a reader's answer to a digest: a mail on standard input
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  overheard reply < mail.eml
  overheard: \"|/usr/local/bin/overheard --config /etc/overheard.toml reply\"      in /etc/aliases

The first line of the answer says what it is, with the number of a point or the name of an account: \"used 2\",
\"not useful 1\", \"agreed 3\", \"disagreed 3\", \"wrong company Acme\", \"heard this too 2\", \"unsubscribe\". All
else is a note. What is quoted, and a signature, are left out. Mails of machines, and mails that answer no
digest of ours, are left alone, and are no failure: a mail server would send them back.")]
pub(super) struct Reply {}

impl Reply {
    #[expect(clippy::unused_self, reason = "as every command is run")]
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let config = common.config()?;
        let market = Market::read(&config.sources)?;
        let links = app::links(&config)?;
        let mut stdin = io::stdin().lock();
        let mut bytes = Vec::new();
        (&mut stdin).take(MOST_BYTES).read_to_end(&mut bytes)?;
        // All of it, or the server's pipe breaks; the rest is what was attached.
        io::copy(&mut stdin, &mut io::sink())?;
        let store = app::open_kept_store(&config)?;
        let mailbox =
            Mailbox { store: &*store, market: &market, links: &links, now: SystemClock.now() };
        let mut out = io::stdout().lock();
        match mailbox.take_in(&bytes)? {
            Answered::Kept { taps, note, .. } => {
                let answers = taps.iter().map(|(tap, claim)| {
                    let said = tap.label().to_lowercase();
                    format!("{said}: {}", plain(claim, CLAIM))
                });
                let note = note.then(|| "a note".to_owned());
                let kept: Vec<String> = answers.chain(note).collect();
                writeln!(out, "kept: {}", kept.join("; "))?;
            }
            Answered::Unsubscribed { reader } => writeln!(out, "{reader} gets no more digests")?,
            Answered::Left(why) => writeln!(out, "left alone: {why}")?,
        }
        Ok(())
    }
}
