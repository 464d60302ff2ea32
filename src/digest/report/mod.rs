//! What became of the digests: weekly for whoever tunes sources and topics, monthly for those who lead.
//! Pure.

mod month;
mod sources;
mod week;

pub use month::{FEWEST, Month, MonthInput, SaidByMany, TopicUse, month};
pub use sources::{Cost, Drop, Gap, Linked, SourceScore, droppable};
pub use week::{Disputed, Earned, NotReached, UsedPoint, Week, WeekInput, WrongCompany, week};
