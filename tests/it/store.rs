//! The store: its promises, and what they survive.

mod at_once;
mod backup;
mod changes;
mod contract;
mod damage;
mod damaged_months;
mod erase;
mod export;
mod folder;
mod formats;
mod full;
pub(crate) mod kill;
pub(crate) mod months;
mod packed;
mod power;
mod protocol;
mod remote;
pub(crate) mod sample;
mod synced;
