//! A pack with what was written since: of two rows of one key the newer is meant.

use std::cmp::Ordering;

use ::sled::{Iter, Tree};

use super::engine::Row;
use super::fault::Fault;
use super::pack::{PackRows, keyed};
use super::table::Table;

/// The rows of a table, from both ends: those of the pack that are neither gone nor replaced, and those that
/// were written since.
pub(super) struct Merged {
    since: Ends<Iter>,
    packed: Option<Packed>,
}

struct Packed {
    rows: Ends<PackRows>,
    table: Table,
    gone: Tree,
}

/// What comes next at both ends.
struct Ends<I> {
    rows: I,
    front: Option<Row>,
    back: Option<Row>,
}

impl Merged {
    pub(super) const fn of_database(rows: Iter) -> Self {
        Self { since: Ends::of(rows), packed: None }
    }

    /// `gone` holds the keys of packed rows that are no more.
    pub(super) fn over(self, rows: PackRows, table: Table, gone: &Tree) -> Self {
        let packed = Packed { rows: Ends::of(rows), table, gone: gone.clone() };
        Self { packed: Some(packed), ..self }
    }

    fn step(&mut self, end: End) -> Result<Option<Row>, Fault> {
        let Some(packed) = &mut self.packed else {
            self.since.fill(end)?;
            return Ok(self.since.take(end));
        };
        loop {
            self.since.fill(end)?;
            packed.rows.fill(end)?;
            let (since, old) = (self.since.at(end), packed.rows.at(end));
            let order = match (since, old) {
                (Some((since, _)), Some((old, _))) => since.cmp(old),
                (Some(_), None) => end.sooner(),
                (None, Some(_)) => end.sooner().reverse(),
                (None, None) => return Ok(None),
            };
            if order == Ordering::Equal {
                packed.rows.take(end);
            } else if order == end.sooner() {
                return Ok(self.since.take(end));
            } else if let Some((key, row)) = packed.rows.take(end)
                && !packed.gone.contains_key(keyed(packed.table, &key))?
            {
                return Ok(Some((key, row)));
            }
        }
    }
}

#[derive(Clone, Copy)]
enum End {
    Front,
    Back,
}

impl End {
    /// How the row that comes first at this end compares with the other.
    const fn sooner(self) -> Ordering {
        match self {
            Self::Front => Ordering::Less,
            Self::Back => Ordering::Greater,
        }
    }
}

impl<I> Ends<I> {
    const fn of(rows: I) -> Self {
        Self { rows, front: None, back: None }
    }

    const fn at(&self, end: End) -> Option<&Row> {
        match end {
            End::Front => self.front.as_ref(),
            End::Back => self.back.as_ref(),
        }
    }

    const fn take(&mut self, end: End) -> Option<Row> {
        match end {
            End::Front => self.front.take(),
            End::Back => self.back.take(),
        }
    }
}

impl<I, E> Ends<I>
where
    I: DoubleEndedIterator<Item = Result<Row, E>>,
    Fault: From<E>,
{
    /// Sees to it that the next row at an end is known; the last there is may be known at the other.
    fn fill(&mut self, end: End) -> Result<(), Fault> {
        match end {
            End::Front if self.front.is_none() => {
                self.front = self.rows.next().transpose()?.or_else(|| self.back.take());
            }
            End::Back if self.back.is_none() => {
                self.back = self.rows.next_back().transpose()?.or_else(|| self.front.take());
            }
            _ => {}
        }
        Ok(())
    }
}

impl Iterator for Merged {
    type Item = Result<Row, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step(End::Front).transpose()
    }
}

impl DoubleEndedIterator for Merged {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.step(End::Back).transpose()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use proptest::prelude::*;

    use super::super::engine::Engine;
    use super::super::table::Half;
    use super::*;

    type Rows = BTreeMap<Vec<u8>, Vec<u8>>;

    /// What is done to a month.
    #[derive(Debug, Clone)]
    enum Step {
        Put(u8, u16),
        Remove(u8),
        Pack,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            6 => (any::<u8>(), 0..5_000_u16).prop_map(|(key, long)| Step::Put(key % 40, long)),
            4 => any::<u8>().prop_map(|key| Step::Remove(key % 40)),
            1 => Just(Step::Pack),
        ];
        prop::collection::vec(step, 1..60)
    }

    /// Packs a month into a new folder, and goes on with that.
    fn packed(engine: Engine, to: &Path) -> Engine {
        std::fs::create_dir_all(to).unwrap();
        engine.pack_into(to).unwrap();
        engine.close().unwrap();
        Engine::over_pack(to, Half::Posts).unwrap().close().unwrap();
        Engine::open(to, Half::Posts).unwrap()
    }

    fn check(engine: &Engine, rows: &Rows, from: u8, until: u8, turns: &[bool]) {
        for key in 0..40_u8 {
            let row = engine.row(Table::Said, &[key]).unwrap();
            assert_eq!(row.as_deref(), rows.get(&vec![key]).map(Vec::as_slice));
        }
        let last = engine.last(Table::Said).unwrap().map(|(key, _)| key.to_vec());
        assert_eq!(last, rows.keys().next_back().cloned());
        let mut walk = engine.rows(Table::Said, &[from], Some(&[until.max(from)]));
        let mut expected: std::collections::VecDeque<_> =
            rows.range(vec![from]..vec![until.max(from)]).collect();
        for &is_front in turns.iter().cycle().take(45) {
            let (found, next) = if is_front {
                (walk.next(), expected.pop_front())
            } else {
                (walk.next_back(), expected.pop_back())
            };
            let found = found.map(|row| row.unwrap());
            assert_eq!(
                found.as_ref().map(|(key, row)| (key.to_vec(), row.to_vec())),
                next.map(|(key, row)| (key.clone(), row.clone()))
            );
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn a_month_reads_alike_however_much_of_it_is_packed(
            steps in steps(),
            from in 0..40_u8,
            until in 0..41_u8,
            turns in prop::collection::vec(any::<bool>(), 1..20),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let mut engine = Engine::open(&folder.path().join("0"), Half::Posts).unwrap();
            let (mut rows, mut drafts) = (Rows::new(), 0);
            for (number, step) in steps.into_iter().chain([Step::Pack]).enumerate() {
                let mut draft = engine.draft();
                match step {
                    Step::Put(key, long) => {
                        let row = vec![key; long.into()];
                        draft.put_row(Table::Said, vec![key], row.clone());
                        rows.insert(vec![key], row);
                    }
                    Step::Remove(key) => {
                        draft.remove_row(Table::Said, vec![key]);
                        rows.remove(&vec![key]);
                    }
                    Step::Pack => {
                        drop(draft);
                        check(&engine, &rows, from, until, &turns);
                        engine = packed(engine, &folder.path().join((number + 1).to_string()));
                        continue;
                    }
                }
                draft.commit().unwrap();
                drafts += 1;
            }
            check(&engine, &rows, from, until, &turns);
            prop_assert_eq!(engine.drafts().unwrap(), drafts);
        }
    }
}
