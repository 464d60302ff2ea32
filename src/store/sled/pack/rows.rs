//! Walking through a pack, from both ends.

use std::sync::Arc;

use super::super::engine::Row;
use super::super::fault::Fault;
use super::Pack;
use super::block::Block;

/// The rows between two places, without the number of their table.
#[derive(Debug)]
pub(in super::super) struct PackRows {
    pack: Arc<Pack>,
    /// Block and place of the next row, and of the one behind the last.
    low: (usize, usize),
    high: (usize, usize),
    /// The blocks at both ends, with their numbers.
    front: Option<(usize, Arc<Block>)>,
    back: Option<(usize, Arc<Block>)>,
    failed: Option<Fault>,
}

impl PackRows {
    pub(super) fn between(pack: &Arc<Pack>, from: &[u8], until: &[u8]) -> Self {
        let ends = pack.lower_bound(from).and_then(|low| Ok((low, pack.lower_bound(until)?)));
        let ((low, high), failed) = match ends {
            Ok(ends) => (ends, None),
            Err(fault) => (((0, 0), (0, 0)), Some(fault)),
        };
        Self { pack: Arc::clone(pack), low, high, front: None, back: None, failed }
    }

    fn ended(&mut self, fault: Fault) -> Option<Result<Row, Fault>> {
        self.low = self.high;
        Some(Err(fault))
    }
}

impl Iterator for PackRows {
    type Item = Result<Row, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(fault) = self.failed.take() {
            return self.ended(fault);
        }
        while self.low < self.high {
            let block = match read(&self.pack, &mut self.front, self.low.0) {
                Ok(block) => block,
                Err(fault) => return self.ended(fault),
            };
            if self.low.1 < block.len() {
                let row = whole(block, self.low.1);
                self.low.1 += 1;
                return Some(Ok(row));
            }
            self.low = (self.low.0 + 1, 0);
        }
        None
    }
}

impl DoubleEndedIterator for PackRows {
    fn next_back(&mut self) -> Option<Self::Item> {
        if let Some(fault) = self.failed.take() {
            return self.ended(fault);
        }
        while self.low < self.high {
            let (number, place) = match self.high {
                (number, 0) => (number - 1, usize::MAX),
                high => high,
            };
            let block = match read(&self.pack, &mut self.back, number) {
                Ok(block) => block,
                Err(fault) => return self.ended(fault),
            };
            self.high = (number, place.min(block.len()));
            if self.low < self.high {
                self.high.1 -= 1;
                return Some(Ok(whole(block, self.high.1)));
            }
        }
        None
    }
}

fn read<'b>(
    pack: &Pack,
    held: &'b mut Option<(usize, Arc<Block>)>,
    number: usize,
) -> Result<&'b Block, Fault> {
    if held.as_ref().is_none_or(|(known, _)| *known != number) {
        *held = Some((number, pack.block(number)?));
    }
    held.as_ref().map(|(_, block)| &**block).ok_or_else(super::cut_short)
}

fn whole(block: &Block, place: usize) -> Row {
    let (key, row) = block.row(place);
    (key.get(1..).unwrap_or_default().into(), row.into())
}
