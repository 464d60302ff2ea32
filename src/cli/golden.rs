//! `overheard eval digest`: how near our digests come to what a careful analyst would tell.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use super::Common;
use crate::app;
use crate::classify::{Classifier, Encoder};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Market;
use crate::digest::{self, Heard, Input, Listening};
use crate::eval::golden::{Golden, Named, Score};
use crate::pipeline::Judging;
use crate::post::Post;
use crate::store::{Judged, Store};
use crate::story;

/// The files of golden windows, and the store each is of: as `overheard demo` and `overheard real-day` leave it.
const STORES: [(&str, &str, &str); 2] =
    [("sample.toml", "var/demo", "make demo"), ("recorded.toml", "var/real-day", "make real-day")];

/// Posts read at a time.
const PAGE: usize = 500;

/// Makes the digests of the golden windows from the stores that are there.
pub(super) fn measure(common: &Common, folder: &Path, out: &mut dyn Write) -> anyhow::Result<()> {
    for (file, data, make) in STORES {
        let file = folder.join(file);
        let data = Path::new(data);
        if !file.is_file() || !data.join("store").is_dir() {
            writeln!(
                out,
                "digest, {}: not measured, it needs {} and a store in {} (`{make}` makes it)",
                file.display(),
                file.display(),
                data.display()
            )?;
            continue;
        }
        let golden = Golden::read(&file)?;
        let mut config = common.config()?;
        config.data = data.to_owned();
        let store = app::open_store_to_answer(&config)?;
        let score = score(&golden, &*store, &app::encoder(&config)?)?;
        report(&golden.store, &score, common.verbose, out)?;
    }
    Ok(())
}

/// Makes the digests of the golden windows of one store, and compares.
///
/// # Errors
/// The store, the market or the encoder fails, or the store is another than the windows are of.
fn score(golden: &Golden, store: &dyn Store, encoder: &Arc<dyn Encoder>) -> anyhow::Result<Score> {
    let market = Market::read(&golden.market)?;
    let posts = kept(store, &market)?;
    let named = Named::of(posts.iter().map(|post| post.id));
    let missing = named.missing(golden);
    anyhow::ensure!(
        missing.is_empty(),
        "this is another store than the golden windows are of: it has no post {missing:?}"
    );
    let classifier =
        Classifier::new(Arc::clone(encoder), &market.ruleset, market.accounts.clone())?;
    let clock = SystemClock;
    let judging = Judging { market: &market, store, classifier: &classifier, clock: &clock };
    let judged = judging.read(&posts.iter().collect::<Vec<&Post>>())?;
    let heard = heard(&market, &posts, &judged);

    let mut score = Score::default();
    for morning in &golden.windows {
        let reader = morning.reader();
        let digest = digest::make(&Input {
            reader: &reader,
            ruleset: &market.ruleset,
            accounts: &market.accounts,
            window: digest::window(&reader, morning.date),
            now: clock.now(),
            heard: &heard,
            told: &[],
            listening: Listening::default(),
        });
        score.morning(golden, morning, &digest, &named, &heard);
    }
    score.stories(golden, &named, &heard, &story::stories(&heard));
    Ok(score)
}

/// The posts of the market's sources, in the order they arrived.
fn kept(store: &dyn Store, market: &Market) -> anyhow::Result<Vec<Post>> {
    let (mut posts, mut after) = (Vec::new(), None);
    loop {
        let page = store.kept_after(after, PAGE)?;
        let Some(last) = page.last() else { return Ok(posts) };
        after = Some(last.id);
        posts.extend(page.into_iter().filter(|post| market.source(&post.source).is_some()));
    }
}

fn heard<'a>(market: &'a Market, posts: &'a [Post], judged: &'a [Judged]) -> Vec<Heard<'a>> {
    let heard = posts.iter().zip(judged).filter_map(|(post, judged)| {
        let Judged { verdict, embedding } = judged;
        Some(Heard { post, verdict, embedding, source: market.source(&post.source)? })
    });
    heard.collect()
}

fn report(store: &str, score: &Score, verbose: bool, out: &mut dyn Write) -> std::io::Result<()> {
    let Score { windows, solid, solid_right, alone, alone_right, must, told, perfect, .. } = score;
    writeln!(
        out,
        "digest, {store}: points precision {:.3}, recall {:.3}: {solid_right} of {solid} points of several voices are \
         right, {alone_right} of {alone} of one; {told} of {must} claims that must be told are",
        score.precision(),
        score.recall()
    )?;
    for (what, counts) in [("stories", score.stories), ("owners", score.owners)] {
        writeln!(
            out,
            "digest, {store}: {what} precision {:.3}, recall {:.3} ({} in {})",
            counts.precision(),
            counts.recall(),
            counts.there,
            counts.texts
        )?;
    }
    writeln!(
        out,
        "digest, {store}: {perfect} of {windows} mornings exactly as an analyst would have them"
    )?;
    for line in score.amiss.iter().filter(|_| verbose) {
        writeln!(out, "  {line}")?;
    }
    Ok(())
}
