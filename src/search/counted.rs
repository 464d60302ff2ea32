//! What the posts found are about, counted, in one pass through the columns; and their ids.

use std::collections::{BTreeMap, HashMap};

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::{Column, StrColumn};
use tantivy::{DocId, Score, SegmentOrdinal, SegmentReader};

use super::fields::id_of;
use crate::post::PostId;

/// Documents taken at a time.
const BLOCK: usize = 64;

/// The columns that are counted.
pub(super) const COUNTED: [&str; 6] =
    ["topic", "signal", "account", "source", "sentiment", "language"];

const WEEK_SECONDS: i64 = 7 * 24 * 60 * 60;

/// 1 January 1970 was a Thursday: weeks begin on Mondays.
const MONDAY_SECONDS: i64 = 3 * 24 * 60 * 60;

/// How many posts have which value.
#[derive(Debug, Default)]
pub(super) struct Counted {
    /// Posts found.
    pub(super) total: u64,
    /// Of each of [`COUNTED`], posts by value.
    pub(super) values: [HashMap<String, u64>; COUNTED.len()],
    /// Posts by the second the week begins that they were said in.
    pub(super) weeks: BTreeMap<i64, u64>,
}

impl Counted {
    /// So many posts, of which nothing else is counted.
    pub(super) fn of_total(posts: usize) -> Self {
        Self { total: posts as u64, ..Self::default() }
    }
}

/// Counts what is found.
pub(super) struct Counting;

impl Collector for Counting {
    type Fruit = Counted;
    type Child = OfSegment;

    fn for_segment(
        &self,
        _: SegmentOrdinal,
        segment: &SegmentReader,
    ) -> tantivy::Result<OfSegment> {
        let columns = segment.fast_fields();
        let mut names = Vec::with_capacity(COUNTED.len());
        for name in COUNTED {
            names.push(
                columns
                    .str(name)?
                    .map(|column| Names { counts: vec![0; column.num_terms()], column }),
            );
        }
        let moments = columns.column_opt::<i64>("moment")?;
        let waiting = Vec::with_capacity(BLOCK);
        let (rows, values) = (Vec::new(), Vec::new());
        Ok(OfSegment { names, moments, waiting, rows, values, total: 0, weeks: BTreeMap::new() })
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(&self, fruits: Vec<Counted>) -> tantivy::Result<Counted> {
        let mut all = Counted::default();
        for counted in fruits {
            all.total += counted.total;
            for (all, values) in all.values.iter_mut().zip(counted.values) {
                for (value, posts) in values {
                    *all.entry(value).or_default() += posts;
                }
            }
            for (week, posts) in counted.weeks {
                *all.weeks.entry(week).or_default() += posts;
            }
        }
        Ok(all)
    }
}

/// Counts in one segment.
pub(super) struct OfSegment {
    names: Vec<Option<Names>>,
    moments: Option<Column<i64>>,
    waiting: Vec<DocId>,
    rows: Vec<u32>,
    values: Vec<u64>,
    total: u64,
    weeks: BTreeMap<i64, u64>,
}

/// The names in a column, each with the posts counted so far.
struct Names {
    column: StrColumn,
    counts: Vec<u64>,
}

impl SegmentCollector for OfSegment {
    type Fruit = Counted;

    fn collect(&mut self, document: DocId, _: Score) {
        self.waiting.push(document);
        if self.waiting.len() == BLOCK {
            let waiting = std::mem::take(&mut self.waiting);
            self.collect_block(&waiting);
            self.waiting = waiting;
            self.waiting.clear();
        }
    }

    fn collect_block(&mut self, documents: &[DocId]) {
        self.total += documents.len() as u64;
        for names in self.names.iter_mut().flatten() {
            names.count(documents, &mut self.rows, &mut self.values);
        }
        if let Some(moments) = &self.moments {
            count_weeks(moments, documents, &mut self.weeks);
        }
    }

    fn harvest(mut self) -> Counted {
        let waiting = std::mem::take(&mut self.waiting);
        self.collect_block(&waiting);
        let mut counted = Counted { total: self.total, weeks: self.weeks, ..Counted::default() };
        for (values, names) in counted.values.iter_mut().zip(&self.names) {
            let Some(Names { column, counts }) = names else { continue };
            let (terms, posts): (Vec<u64>, Vec<u64>) =
                (0..).zip(counts.iter().copied()).filter(|(_, posts)| *posts > 0).unzip();
            let mut posts = posts.into_iter();
            // In one walk through the names. One that cannot be read is not shown; `overheard verify`
            // tells why.
            let _ = column.dictionary().sorted_ords_to_term_cb(&terms, |name| {
                if let (Some(posts), Ok(name)) = (posts.next(), str::from_utf8(name)) {
                    values.insert(name.to_owned(), posts);
                }
            });
        }
        counted
    }
}

impl Names {
    fn count(&mut self, documents: &[DocId], rows: &mut Vec<u32>, values: &mut Vec<u64>) {
        let terms = self.column.ords();
        let mut of = Vec::new();
        rows.clear();
        terms.row_ids_for_docs(documents, &mut of, rows);
        values.clear();
        values.resize(rows.len(), 0);
        terms.values.get_vals(rows, values);
        for term in values.iter() {
            if let Some(count) = self.counts.get_mut(*term as usize) {
                *count += 1;
            }
        }
    }
}

fn count_weeks(moments: &Column<i64>, documents: &[DocId], weeks: &mut BTreeMap<i64, u64>) {
    // Documents that follow each other were mostly said in one week.
    let (mut last, mut posts) = (None, 0);
    for document in documents {
        let Some(moment) = moments.first(*document) else { continue };
        let week = week_of(moment);
        if last != Some(week) {
            if let Some(last) = last.replace(week) {
                *weeks.entry(last).or_default() += posts;
            }
            posts = 0;
        }
        posts += 1;
    }
    if let Some(last) = last {
        *weeks.entry(last).or_default() += posts;
    }
}

/// The second the week begins that a second lies in.
fn week_of(moment: i64) -> i64 {
    (moment + MONDAY_SECONDS).div_euclid(WEEK_SECONDS) * WEEK_SECONDS - MONDAY_SECONDS
}

/// Gathers the ids of what is found.
pub(super) struct Ids;

impl Collector for Ids {
    type Fruit = Vec<PostId>;
    type Child = IdsOfSegment;

    fn for_segment(
        &self,
        _: SegmentOrdinal,
        segment: &SegmentReader,
    ) -> tantivy::Result<IdsOfSegment> {
        IdsOfSegment::of(segment)
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(&self, fruits: Vec<Vec<PostId>>) -> tantivy::Result<Vec<PostId>> {
        Ok(fruits.concat())
    }
}

/// Reads the ids of a segment.
pub(super) struct IdsOfSegment {
    high: Column<u64>,
    low: Column<u64>,
    ids: Vec<PostId>,
}

impl IdsOfSegment {
    /// The ids of a segment.
    pub(super) fn of(segment: &SegmentReader) -> tantivy::Result<Self> {
        let columns = segment.fast_fields();
        Ok(Self { high: columns.u64("id_high")?, low: columns.u64("id_low")?, ids: Vec::new() })
    }

    /// The id of a document; none where the index is damaged.
    pub(super) fn get(&self, document: DocId) -> Option<PostId> {
        Some(id_of(self.high.first(document)?, self.low.first(document)?))
    }
}

impl SegmentCollector for IdsOfSegment {
    type Fruit = Vec<PostId>;

    fn collect(&mut self, document: DocId, _: Score) {
        self.ids.extend(self.get(document));
    }

    fn harvest(self) -> Vec<PostId> {
        self.ids
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_begin_on_mondays_before_1970_too() {
        let week = |moment: &str| {
            let second = moment.parse::<jiff::Timestamp>().unwrap().as_second();
            jiff::Timestamp::from_second(week_of(second)).unwrap().to_string()
        };
        assert_eq!(week("2026-11-22T23:59:59Z"), "2026-11-16T00:00:00Z");
        assert_eq!(week("2026-11-16T00:00:00Z"), "2026-11-16T00:00:00Z");
        assert_eq!(week("1969-12-31T00:00:00Z"), "1969-12-29T00:00:00Z");
    }
}
