//! `overheard eval digest`: how near our digests come to what a careful analyst would tell.

use std::io::Write;
use std::path::Path;

use crate::app;
use crate::cli::Common;
use crate::clock::SystemClock;
use crate::config::Market;
use crate::eval::golden::{Golden, Score};

/// The files of golden windows, and the store each is of: as `overheard demo` and `overheard real-day` leave it.
const STORES: [(&str, &str, &str); 2] =
    [("sample.toml", "var/demo", "make demo"), ("recorded.toml", "var/real-day", "make real-day")];

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
        data.clone_into(&mut config.data);
        let store = app::open_store_to_answer(&config)?;
        let market = Market::read(&golden.market)?;
        let came = golden.measure(&market, &*store, &app::encoder(&config)?, &SystemClock)?;
        report(&golden.store, &came, common.verbose, out)?;
    }
    Ok(())
}

fn report(of: &str, score: &Score, verbose: bool, out: &mut dyn Write) -> std::io::Result<()> {
    let Score { windows, solid, solid_right, alone, alone_right, must, told, perfect, .. } = score;
    writeln!(
        out,
        "digest, {of}: points precision {:.3}, recall {:.3}: {solid_right} of {solid} points of several voices are \
         right, {alone_right} of {alone} of one; {told} of {must} claims that must be told are",
        score.precision(),
        score.recall()
    )?;
    for (what, counts) in [("stories", score.stories), ("owners", score.owners)] {
        writeln!(
            out,
            "digest, {of}: {what} precision {:.3}, recall {:.3} ({} in {})",
            counts.precision(),
            counts.recall(),
            counts.there,
            counts.texts
        )?;
    }
    writeln!(
        out,
        "digest, {of}: {perfect} of {windows} mornings exactly as an analyst would have them"
    )?;
    for line in score.amiss.iter().filter(|_| verbose) {
        writeln!(out, "  {line}")?;
    }
    Ok(())
}
