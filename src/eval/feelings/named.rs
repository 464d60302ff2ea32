//! Sets that label feelings towards somebody or something named, in NewsMTSC's form: a sentence,
//! and targets with offsets in characters.

use std::collections::HashMap;
use std::path::Path;

use serde::Deserialize;

use super::copies::is_one_in;
use super::{EvalError, Labelled, Set, Target, are_mixed, read};
use crate::text::characters;

/// One text in so many is held out; of news, one article in so many, whose sentences share names.
const HELD_OUT: u32 = 10;

/// The sets, and where they stand below the folder of NewsMTSC.
const SETS: [(Set, &str); 4] = [
    (Set::News, "NewsMTSC-dataset/train.jsonl"),
    (Set::Acl14, "acl14twitter/train.raw.jsonl"),
    (Set::Laptops, "semeval14laptops/Laptops_Train.xml.seg.jsonl"),
    (Set::Restaurants, "semeval14restaurants/Restaurants_Train.xml.seg.jsonl"),
];

#[derive(Deserialize)]
struct Line {
    primary_gid: String,
    sentence_normalized: String,
    targets: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    from: usize,
    to: usize,
    /// 2, 4 or 6.
    polarity: f32,
}

/// Every text once, with all its targets.
pub(super) fn all(data: &Path) -> Result<Vec<Labelled>, EvalError> {
    let folder = data.join("sentiment/newsmtsc/NewsSentiment/controller_data/datasets");
    let mut all = Vec::new();
    for (set, file) in SETS {
        let file = folder.join(file);
        if !file.is_file() {
            continue;
        }
        let mut places: HashMap<String, usize> = HashMap::new();
        for line in read(&file)?.lines() {
            let Ok(line) = serde_json::from_str::<Line>(line) else { continue };
            let Line { primary_gid, sentence_normalized: text, targets } = line;
            let whole = if set == Set::News { article(&primary_gid) } else { &text };
            let held_out = is_one_in(HELD_OUT, whole);
            let place = *places.entry(text.clone()).or_insert_with(|| {
                all.push(Labelled {
                    set,
                    held_out,
                    text,
                    author: None,
                    mixed: false,
                    targets: Vec::new(),
                    emotion: None,
                });
                all.len() - 1
            });
            let text = &mut all[place];
            for Named { from, to, polarity } in targets {
                let place = characters::bytes(&text.text, from..to);
                let class = match polarity {
                    polarity if polarity < 3.0 => 0,
                    polarity if polarity < 5.0 => 1,
                    _ => 2,
                };
                text.targets.push(Target { place, class });
            }
        }
    }
    for text in &mut all {
        text.mixed = are_mixed(&text.targets);
    }
    Ok(all)
}

/// “allsides_1000_401_25_Reality Leigh Winner_0_6” → “allsides_1000”.
fn article(gid: &str) -> &str {
    gid.match_indices('_').nth(1).map_or(gid, |(at, _)| &gid[..at])
}
