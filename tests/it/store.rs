//! The store: its promises, and what they survive.

mod backup;
mod changes;
mod contract;
mod damage;
mod export;
mod folder;
mod formats;
mod full;
pub(crate) mod kill;
mod months;
mod power;
pub(crate) mod sample;
mod synced;
