//! The knee of a sequence of loads: up to it more load costs little latency, beyond it latency buys little throughput.

/// What one load came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Load {
    /// Successful requests per second.
    pub goodput: f64,
    /// The 95th percentile of latency in milliseconds.
    pub p95: f64,
}

/// Fewer loads than this tell of no knee.
const FEWEST: usize = 3;

/// Where the knee is, by its place among the loads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Knee {
    /// There are too few loads to tell.
    Unknown,
    /// The lowest load has the most power: the knee is there or below.
    Below(usize),
    /// The load with the most power, and there are lower and higher ones.
    At(usize),
    /// The highest load has the most power: no knee was reached.
    Beyond(usize),
}

impl Knee {
    /// Of loads in ascending order: the one with the most power, which is goodput divided by latency (Kleinrock, *Power
    /// and deterministic rules of thumb for probabilistic problems in computer communications*, ICC 1979; Jain, *The Art
    /// of Computer Systems Performance Analysis*, 1991, chapter 3.3). Of equals it is the first.
    pub fn of(loads: &[Load]) -> Self {
        if loads.len() < FEWEST {
            return Self::Unknown;
        }
        let power = |load: &Load| load.goodput / load.p95;
        let mut best = 0;
        for (place, load) in loads.iter().enumerate() {
            if power(load) > power(&loads[best]) {
                best = place;
            }
        }
        match best {
            0 => Self::Below(0),
            _ if best + 1 == loads.len() => Self::Beyond(best),
            _ => Self::At(best),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn knee(loads: &[(f64, f64)]) -> Knee {
        let loads: Vec<Load> =
            loads.iter().map(|(goodput, p95)| Load { goodput: *goodput, p95: *p95 }).collect();
        Knee::of(&loads)
    }

    #[test]
    fn it_is_where_a_request_a_second_costs_the_least_latency() {
        assert_eq!(
            knee(&[(100.0, 5.0), (200.0, 5.2), (400.0, 6.0), (500.0, 20.0), (510.0, 80.0)]),
            Knee::At(2)
        );
        // A single queue with Poisson arrivals: latency 1 / (1 - load). Its power is highest at half of its capacity.
        let queue: Vec<(f64, f64)> =
            (1..10).map(|tenth| f64::from(tenth) / 10.0).map(|load| (load, 1.0 / (1.0 - load))).collect();
        assert_eq!(knee(&queue), Knee::At(4));
        // Overload: throughput itself falls.
        assert_eq!(knee(&[(100.0, 5.0), (200.0, 6.0), (150.0, 90.0)]), Knee::At(1));
    }

    #[test]
    fn there_is_none_where_latency_stays_or_nothing_is_gained_from_the_start() {
        assert_eq!(knee(&[(100.0, 5.0), (200.0, 5.0), (400.0, 5.0)]), Knee::Beyond(2));
        assert_eq!(knee(&[(100.0, 5.0), (200.0, 6.0), (400.0, 7.0)]), Knee::Beyond(2));
        assert_eq!(knee(&[(100.0, 5.0), (100.0, 10.0), (100.0, 20.0)]), Knee::Below(0));
        assert_eq!(knee(&[(0.0, 5.0), (0.0, 5.0), (0.0, 5.0)]), Knee::Below(0));
    }

    #[test]
    fn two_loads_tell_nothing() {
        assert_eq!(knee(&[(100.0, 5.0), (200.0, 50.0)]), Knee::Unknown);
        assert_eq!(knee(&[]), Knee::Unknown);
    }
}
