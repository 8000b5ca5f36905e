//! `results.csv`: the rows of `results.json` as a table, a column for each parameter.

use indexmap::IndexSet;

use super::error::ReportError;
use super::rows::{self, Origin, Row};
use super::view::SuiteView;
use super::words;

/// The columns before the parameters.
const BEFORE: [&str; 3] = ["case", "trial", "test"];

/// The columns after the parameters.
const AFTER: [&str; 13] = [
    "metric",
    "statistic",
    "value",
    "unit",
    "state",
    "verdict",
    "measured_at",
    "exit",
    "key",
    "k6",
    "host",
    "scope",
    "precision",
];

/// The file's bytes. A parameter that a case does not have is an empty cell.
pub fn bytes(suite: &SuiteView) -> Result<Vec<u8>, ReportError> {
    table(&[suite], false)
}

/// The rows of several suites, whose names are the first column.
pub(super) fn of_several(suites: &[&SuiteView]) -> Result<Vec<u8>, ReportError> {
    table(suites, true)
}

fn table(suites: &[&SuiteView], is_named: bool) -> Result<Vec<u8>, ReportError> {
    let cases = suites.iter().flat_map(|suite| &suite.cases);
    let parameters: IndexSet<&String> = cases.flat_map(|case| case.parameters.keys()).collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    let columns = parameters.iter().map(|name| format!("param.{name}"));
    let before = is_named.then_some("suite").into_iter().chain(BEFORE).map(str::to_owned);
    writer.write_record(before.chain(columns).chain(AFTER.into_iter().map(str::to_owned)))?;
    for suite in suites {
        for row in rows::of(suite) {
            let name = is_named.then(|| suite.name.clone());
            writer.write_record(name.into_iter().chain(cells(&row, &parameters)))?;
        }
    }
    writer.into_inner().map_err(|error| ReportError::Csv(error.into_error().into()))
}

fn cells(row: &Row<'_>, columns: &IndexSet<&String>) -> Vec<String> {
    let Origin { case, test, trial, parameters, state, verdict, measured_at, exit, key, k6, host } =
        row.origin;
    let mut cells = vec![case.to_owned(), trial.to_string(), test.to_owned()];
    cells.extend(columns.iter().map(|name| shown(parameters.get(*name).map(words::plain))));
    cells.extend([
        shown(row.metric),
        shown(row.statistic),
        shown(row.value.as_ref()),
        shown(row.unit.as_ref()),
        state.to_owned(),
        shown(verdict),
        shown(measured_at),
        shown(exit),
        key.to_owned(),
        shown(k6),
        shown(host),
        shown(row.scope),
        shown(row.precision.as_ref()),
    ]);
    cells
}

fn shown(cell: Option<impl ToString>) -> String {
    cell.map(|cell| cell.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn read(suite: &SuiteView) -> (csv::StringRecord, Vec<csv::StringRecord>) {
        let bytes = bytes(suite).expect("writes");
        let mut reader = csv::Reader::from_reader(bytes.as_slice());
        let head = reader.headers().expect("a head").clone();
        (head, reader.records().collect::<Result<_, _>>().expect("every row has every column"))
    }

    #[test]
    fn the_table_reads_back_with_all_parameters_as_columns() {
        let suite = sample::suite();
        let (head, records) = read(&suite);
        let names = "case,trial,test,param.vus,param.payload,param.name,metric,statistic,value,unit,\
                     state,verdict,measured_at,exit,key,k6,host,scope,precision";
        assert_eq!(head.iter().collect::<Vec<_>>().join(","), names);
        assert_eq!(records.len(), rows::of(&suite).count());
        let median = records.iter().find(|record| &record[7] == "p50").expect("a median");
        let expected = ["http[vus=1,payload=small.json]", "1", "http", "1", "small.json", ""];
        assert_eq!(median.iter().take(6).collect::<Vec<_>>(), expected);
        let expected = ["http_req_duration", "p50", "1.25", "ms", "current", "passed"];
        assert_eq!(median.iter().skip(6).take(6).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn hostile_names_and_missing_cases_keep_their_rows() {
        let (_, records) = read(&sample::suite());
        let failed = records.iter().find(|record| &record[10] == "failed").expect("failed");
        assert_eq!((&failed[5], &failed[6], &failed[13]), (sample::HOSTILE, "", "107"));
        let missing = records.iter().find(|record| &record[10] == "missing").expect("missing");
        assert_eq!((&missing[3], &missing[8], &missing[11]), ("50", "", ""));
    }
}
