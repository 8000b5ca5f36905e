//! What is told of a measurement of watching, step by step, and what came of it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::result::Price;

/// The form of these events.
pub(super) const SCHEMA: &str = "howitzer-observer/2";

/// What happens on the way, one by one.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event")]
pub enum ObserverStep {
    /// One line for people.
    #[serde(rename = "preparing")]
    Preparing {
        /// The line.
        text: String,
    },
    /// Everything is there, and the load begins.
    #[serde(rename = "observer.started")]
    ObserverStarted {
        /// The version of this form.
        schema: &'static str,
        /// What is loaded, without a user.
        url: String,
        /// k6's version line.
        k6: String,
        /// The ways, the base first.
        ways: Vec<&'static str>,
        /// Where the ways that send something send it, without a user; none: to a sink of howitzer's own.
        sent_to: BTreeMap<&'static str, Option<String>>,
        /// How often each has its turn.
        rounds: u32,
        /// How many virtual users saturate.
        vus: u32,
        /// How long each load lasts.
        duration_seconds: f64,
        /// What the order is drawn by.
        seed: u32,
        /// The expected load in all.
        estimate_seconds: f64,
    },
    /// The target is warm, and it is known what saturates it.
    #[serde(rename = "observer.saturated")]
    ObserverSaturated {
        /// Requests per second at saturation, unwatched.
        requests_per_second: f64,
        /// Requests per second of the loads below it.
        rate: u32,
    },
    /// A load was made.
    #[serde(rename = "observer.loaded")]
    ObserverLoaded {
        /// From 1.
        round: u32,
        /// How k6 was watched.
        way: &'static str,
        /// Whether at saturation or below.
        saturated: bool,
        /// How many requests it made.
        requests: f64,
        /// Why it may be wrong.
        doubts: Vec<String>,
    },
    /// Something that a person should know.
    #[serde(rename = "note")]
    Note {
        /// The line.
        text: String,
    },
    /// What came of it.
    #[serde(rename = "observer.measured")]
    ObserverMeasured(ObserverPrices),
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ObserverPrices {
    /// Virtual users at saturation.
    pub vus: u32,
    /// Requests per second below saturation.
    pub rate: u32,
    /// Every measure of every way.
    pub prices: Vec<Price>,
    /// How many loads were made.
    pub loads: usize,
    /// How many of them are in doubt.
    pub doubted: usize,
    /// The reasons, each once, with how many loads each concerns.
    pub doubts: Vec<(String, usize)>,
}
