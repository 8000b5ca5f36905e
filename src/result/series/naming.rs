//! From names on the wire to the script's: k6 adds `k6_` and a suffix for the kind, and says neither kind nor
//! unit, so a gauge `x_total` and a counter `x` look alike until the run's summary tells them apart.

use super::model::{GaugePoint, MetricInfo, Points, Series};
use crate::result::Measured;
use crate::spec::MetricKind;
use crate::spec::metrics::unit;

/// What a metric can be, the likeliest first.
fn readings(wire: &str, is_histogram: bool) -> Vec<MetricInfo> {
    let name = wire.strip_prefix("k6_").unwrap_or(wire);
    let info = |name: &str, kind, unit: &str| MetricInfo {
        wire: wire.to_owned(),
        name: name.to_owned(),
        kind,
        unit: unit.to_owned(),
    };
    let plain = |name: &str, kind| info(name, kind, unit(name, kind));
    let mut readings = Vec::new();
    if is_histogram {
        // Only time trends are converted: milliseconds to seconds.
        readings.extend(name.strip_suffix("_seconds").map(|name| info(name, MetricKind::Trend, "ms")));
        readings.push(plain(name, MetricKind::Trend));
    } else {
        readings.extend(name.strip_suffix("_total").map(|name| plain(name, MetricKind::Counter)));
        readings.extend(name.strip_suffix("_rate").map(|name| plain(name, MetricKind::Rate)));
        readings.push(plain(name, MetricKind::Gauge));
    }
    readings
}

/// What a metric is taken to be while only its name is known.
pub(super) fn likeliest(wire: &str, is_histogram: bool) -> MetricInfo {
    let readings = readings(wire, is_histogram);
    readings.into_iter().next().unwrap_or_else(|| unreachable!("there is always the plain reading"))
}

impl MetricInfo {
    /// By what values on the wire are multiplied to be in k6's own unit.
    pub(super) fn scale(&self) -> f64 {
        let converted = self.kind == MetricKind::Trend
            && self
                .wire
                .strip_suffix("_seconds")
                .is_some_and(|wire| wire.strip_prefix("k6_") == Some(&self.name));
        if converted { 1000.0 } else { 1.0 }
    }
}

impl Series {
    /// Corrects names, kinds and units by the run's summary, which has every metric that got a sample.
    pub fn reconcile(&mut self, measured: &Measured) {
        if self.is_of_samples() {
            // k6 said itself what each metric is.
            return;
        }
        for index in 0..self.metrics.len() {
            let metric = &self.metrics[index];
            let is_histogram = metric.kind == MetricKind::Trend;
            let known = readings(&metric.wire, is_histogram).into_iter().find(|reading| {
                measured.metrics.get(&reading.name).is_some_and(|metric| metric.kind == reading.kind)
            });
            let Some(known) = known.filter(|known| *known != *metric) else { continue };
            if known.kind == MetricKind::Gauge {
                for line in self.lines.iter_mut().filter(|line| line.metric == index) {
                    line.points.become_gauge();
                }
            }
            self.metrics[index] = known;
        }
    }
}

impl Points {
    /// What was read as a counter's growth or a share is a gauge's last value in each slot.
    fn become_gauge(&mut self) {
        let values = match self {
            Self::Counter(growth) => {
                let mut total = 0.0;
                let sums = growth.iter().map(|(slot, more)| {
                    total += more;
                    (*slot, total)
                });
                sums.collect()
            }
            Self::Share(values) => std::mem::take(values),
            Self::Gauge(_) | Self::Tally(_) | Self::Trend(_) => return,
        };
        *self = Self::Gauge(values.into_iter().map(|(slot, value)| (slot, GaugePoint::of(value))).collect());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_on_the_wire_are_read_by_their_suffix() {
        let read = |wire, is_histogram| {
            let info = likeliest(wire, is_histogram);
            (info.name.clone(), info.kind, info.unit.clone(), info.scale().to_string())
        };
        let expected = |name: &str, kind, unit: &str, scale: &str| {
            (name.to_owned(), kind, unit.to_owned(), scale.to_owned())
        };
        assert_eq!(
            read("k6_http_req_duration_seconds", true),
            expected("http_req_duration", MetricKind::Trend, "ms", "1000")
        );
        assert_eq!(read("k6_my_data", true), expected("my_data", MetricKind::Trend, "", "1"));
        assert_eq!(
            read("k6_data_sent_total", false),
            expected("data_sent", MetricKind::Counter, "bytes", "1")
        );
        assert_eq!(read("k6_checks_rate", false), expected("checks", MetricKind::Rate, "1", "1"));
        assert_eq!(read("k6_vus", false), expected("vus", MetricKind::Gauge, "1", "1"));
        assert_eq!(read("k6__a", true), expected("_a", MetricKind::Trend, "", "1"));
    }
}
