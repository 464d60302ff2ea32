//! `overheard eval ask`: our own questions, asked of the stores that `overheard demo` and `overheard real-day`
//! made.

use std::io::Write;
use std::path::Path;

use crate::app;
use crate::classify::{Encoder, model_of};
use crate::cli::meaning::{caught_up, last_days, words};
use crate::cli::{Common, posts};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Market;
use crate::digest::{Question, Window};
use crate::eval::asking::{self, Came, Kind};
use crate::eval::counts::Half;
use crate::pipeline::{self, Asking, Narrowed, NotAsked};
use crate::post::PostId;
use crate::search::meaning::{Filter, Meaning};
use crate::search::query::{Part, Wanted};
use crate::search::{Query, Sort, Words};
use crate::store::Store;
use crate::text;

/// Where `overheard demo` and `overheard real-day` keep theirs, what it is called among our questions, and
/// how far back its posts go, in days.
const STORES: [(&str, &str, i32); 2] =
    [("sample", "var/demo", 60), ("real", "var/real-day", 15_000)];

/// Our own questions with the post of the sample market that each asks for.
const PAIRS: &str = "pairs.tsv";

/// Posts ranked for each of them.
const RANKED: usize = 50;

/// Asks our own questions of the stores that are there.
pub(super) fn measure(common: &Common, folder: &Path, out: &mut dyn Write) -> anyhow::Result<()> {
    if !folder.is_dir() {
        writeln!(out, "ask: not measured, {} is missing", folder.display())?;
        return Ok(());
    }
    for (name, data, days) in STORES {
        let mut config = common.config()?;
        config.data = data.into();
        config.sources = config.data.join("sources");
        if !config.data.join("store").is_dir() {
            let make = if name == "sample" { "make demo" } else { "make real-day" };
            writeln!(out, "ask, {name}: not measured, there is no {data}; `{make}` makes it")?;
            continue;
        }
        let market = Market::read(&config.sources)?;
        let store = app::open_store_to_answer(&config)?;
        let encoder = app::encoder(&config)?;
        let model = model_of(&*encoder);
        let mut meaning = caught_up(&config, &*store)?;
        let window = last_days(days, SystemClock.now());
        let words = words(&config, &*store);
        if let Some(words) = words.as_ref().filter(|_| name == "sample") {
            let asked = Found { store: &*store, encoder: &*encoder, meaning: &meaning, words };
            asked.measure(&asking::pairs(&folder.join(PAIRS))?, window, out)?;
        }
        let mut answers = |text: &str| -> anyhow::Result<Came> {
            let understood =
                Question::of(text)?.understood(&market.accounts, &market.ruleset.topics)?;
            let narrowed = Narrowed {
                account: understood.accounts.first().cloned(),
                topic: None,
                voice: understood.voice,
            };
            let asked =
                match pipeline::asked(&*encoder, &market, &*store, text, understood, &narrowed) {
                    Err(NotAsked::Foreign { .. }) => return Ok(Came::Refused),
                    asked => asked?,
                };
            let mut asking = Asking {
                market: &market,
                store: &*store,
                meaning: &mut meaning,
                words: words.as_ref(),
                model: &model,
            };
            let answer = asking.answer(&asked, &narrowed, window)?;
            let (best, is_answered) = (answer.answer().best, answer.answer().said.is_some());
            Ok(if is_answered { Came::Answered(best) } else { Came::Silent(best) })
        };
        for half in Half::BOTH {
            let cases = asking::cases(&folder.join(half.file()))?;
            let came = asking::measure(&cases, name, &mut answers)?;
            let (silent, answerable) = came.wrong(Kind::Answerable);
            let (answered, unanswerable) = came.wrong(Kind::Unanswerable);
            let (untold, foreign) = came.wrong(Kind::Foreign);
            writeln!(
                out,
                "ask, {name}, {}: {silent} of {answerable} left without an answer, {answered} of \
                 {unanswerable} that nobody spoke of answered, {untold} of {foreign} in another language not \
                 told so",
                half.name(),
            )?;
            let looked_at = came.asked.iter().filter(|_| half == Half::Tuned && common.verbose);
            for (case, outcome) in looked_at {
                let right = if case.is_right(*outcome) { "" } else { ", wrongly" };
                let how = match outcome {
                    Came::Answered(best) => format!("{best:.2} answered"),
                    Came::Silent(best) => format!("{best:.2} silent"),
                    Came::Refused => "     refused".to_owned(),
                };
                eprintln!("  {how}{right}: {}", case.question);
            }
        }
    }
    Ok(())
}

/// What finds the posts that questions ask for.
struct Found<'f> {
    store: &'f dyn Store,
    encoder: &'f dyn Encoder,
    meaning: &'f Meaning,
    words: &'f Words,
}

impl Found<'_> {
    /// Says how many of them words, meaning and both of them find.
    fn measure(
        &self,
        pairs: &[(String, String)],
        window: Window,
        out: &mut dyn Write,
    ) -> anyhow::Result<()> {
        let model = model_of(self.encoder);
        let mut found = [const { Vec::new() }; 3];
        for (question, url) in pairs {
            let wanted = posts::find(self.store, url)?.id;
            let asked = pipeline::embedded(self.encoder, question)?;
            let near = self.meaning.nearest(&asked, &model, &Filter::said_in(window), RANKED)?;
            let near: Vec<PostId> = near.iter().map(|near| near.post).collect();
            let terms =
                text::words::terms(question).map(|term| Wanted::Words(term.into_owned())).collect();
            let query = Query { parts: vec![Part { wanted: Wanted::Any(terms), at: 0..0 }] };
            let said = self.words.ids(&query, Sort::Best, RANKED)?;
            let said: Vec<PostId> = said.iter().map(|found| found.id).collect();
            let both = asking::fused(&[&said, &near]);
            for (places, ranking) in found.iter_mut().zip([&said, &near, &both]) {
                places.push(ranking.iter().position(|post| *post == wanted));
            }
        }
        for (how, places) in ["words", "meaning", "both"].iter().zip(&found) {
            let recall = |most| asking::recall(places, most) * 100.0;
            writeln!(
                out,
                "ask, {} posts to be found by {how}: recall at 1 {:.1}, at 5 {:.1}, at 10 {:.1}, at 20 {:.1}",
                pairs.len(),
                recall(1),
                recall(5),
                recall(10),
                recall(20)
            )?;
        }
        Ok(())
    }
}
