//! The store: its promises, and what they survive.

mod contract;
mod damage;
mod export;
mod folder;
mod full;
mod kill;
mod sample;
