//! What the lines of a page are: counters, levels, and the parts of distributions.

use super::{Exposition, FamilyKind, Sample};
use crate::result::{Reading, SeriesKind};

/// What a sample's name has on top of its family's, by the family's type.
const PARTS: [(&str, SeriesKind); 3] =
    [("_bucket", SeriesKind::Bucket), ("_sum", SeriesKind::Sum), ("_count", SeriesKind::Count)];

/// The units that a name can end with, by convention (<https://prometheus.io/docs/practices/naming/>).
const UNITS: [(&str, &str); 6] = [
    ("seconds", "s"),
    ("bytes", "bytes"),
    ("ratio", "1"),
    ("joules", "J"),
    ("meters", "m"),
    ("celsius", "°C"),
];

impl Exposition {
    /// The page's values with what they are. When something was created is no measurement and left out.
    pub fn readings(&self) -> impl Iterator<Item = Reading> {
        self.samples.iter().filter_map(|sample| self.reading(sample))
    }

    fn reading(&self, sample: &Sample) -> Option<Reading> {
        let (family, kind) = self.classify(&sample.name)?;
        Some(Reading {
            name: sample.name.clone(),
            labels: sample.labels.clone(),
            family: family.to_owned(),
            kind,
            unit: self.unit(family, kind),
            value: sample.value,
        })
    }

    /// The family of a sample, and what it is there.
    fn classify<'n>(&self, name: &'n str) -> Option<(&'n str, SeriesKind)> {
        let kind_of = |family: &str| self.families.get(family).map(|family| family.kind);
        if let Some(kind) = kind_of(name) {
            let is_counter = kind == FamilyKind::Counter || kind == FamilyKind::Unknown && is_total(name);
            return Some((name, if is_counter { SeriesKind::Counter } else { SeriesKind::Gauge }));
        }
        for (end, part) in PARTS {
            let family = name.strip_suffix(end);
            let kind = family.and_then(kind_of);
            if let (Some(family), Some(FamilyKind::Histogram | FamilyKind::Summary)) = (family, kind) {
                return Some((family, part));
            }
        }
        if name.strip_suffix("_created").and_then(kind_of).is_some() {
            return None;
        }
        let family =
            name.strip_suffix("_total").filter(|family| kind_of(family) == Some(FamilyKind::Counter));
        let kind = if is_total(name) { SeriesKind::Counter } else { SeriesKind::Gauge };
        Some((family.unwrap_or(name), kind))
    }

    /// What the page says, else what the name does; counters and buckets without a unit count something.
    fn unit(&self, family: &str, kind: SeriesKind) -> String {
        let told = self.families.get(family).and_then(|family| family.unit.as_deref());
        let plain = family.strip_suffix("_total").unwrap_or(family);
        let told = told.or_else(|| plain.rsplit('_').next()).unwrap_or_default();
        let known = UNITS.iter().find(|(word, _)| *word == told).map(|(_, unit)| *unit);
        known.unwrap_or(if kind == SeriesKind::Counter { "1" } else { "" }).to_owned()
    }
}

fn is_total(name: &str) -> bool {
    name.ends_with("_total")
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    #[test]
    fn a_value_is_what_the_type_of_its_family_says() {
        let page = "# TYPE cpu_seconds counter\ncpu_seconds_total 1\ncpu_seconds_created 2\n\
                    # TYPE jobs_total counter\njobs_total 3\n\
                    # TYPE size_bytes gauge\nsize_bytes 4\n\
                    # TYPE t_seconds histogram\nt_seconds_bucket{le=\"1\"} 5\nt_seconds_sum 6\nt_seconds_count 7\n\
                    # TYPE q summary\nq{quantile=\"0.5\"} 8\nq_count 9\n\
                    a_count 10\nb_total 11\n# TYPE load gauge\n# UNIT load ratio\nload 12\n";
        let page = parse(page).expect("a page");
        let readings: Vec<_> = page
            .readings()
            .map(|reading| (reading.name, reading.family, reading.kind, reading.unit))
            .collect();
        let expected = [
            ("cpu_seconds_total", "cpu_seconds", SeriesKind::Counter, "s"),
            ("jobs_total", "jobs_total", SeriesKind::Counter, "1"),
            ("size_bytes", "size_bytes", SeriesKind::Gauge, "bytes"),
            ("t_seconds_bucket", "t_seconds", SeriesKind::Bucket, "s"),
            ("t_seconds_sum", "t_seconds", SeriesKind::Sum, "s"),
            ("t_seconds_count", "t_seconds", SeriesKind::Count, "s"),
            ("q", "q", SeriesKind::Gauge, ""),
            ("q_count", "q", SeriesKind::Count, ""),
            ("a_count", "a_count", SeriesKind::Gauge, ""),
            ("b_total", "b_total", SeriesKind::Counter, "1"),
            ("load", "load", SeriesKind::Gauge, "1"),
        ];
        let expected = expected
            .map(|(name, family, kind, unit)| (name.to_owned(), family.to_owned(), kind, unit.to_owned()));
        assert_eq!(readings, expected);
    }
}
