//! Whatever a script does by itself, it does in a suite.

use crate::{VERSIONS, count, on, workspace};

/// A script with two scenarios, every function of the life cycle and a file of its own.
pub(crate) const SHOP: &str = "\
import { Counter } from 'k6/metrics';
const counters = { browse: new Counter('browse'), buy: new Counter('buy'), setup: new Counter('of_setup'), teardown: new Counter('of_teardown') };
export const options = {
  scenarios: {
    browse: { executor: 'per-vu-iterations', exec: 'browse', vus: 2, iterations: 3 },
    buy: { executor: 'shared-iterations', exec: 'buy', vus: 1, iterations: 2 },
  },
  thresholds: { browse: ['count<100'] },
  tags: { shop: 'one' },
};
export function setup() { counters.setup.add(1); return { price: 5 }; }
export function browse(data) { counters.browse.add(data.price); }
export const buy = async (data) => { counters.buy.add(data.price); };
export function teardown(data) { counters.teardown.add(data.price); }
export function handleSummary(data) { return { 'own.json': JSON.stringify(Object.keys(data.metrics)) }; }
";

#[test]
fn scenarios_setup_teardown_and_summary_of_a_script_keep_working() {
    let space = workspace(
        &[("load/shop.js", SHOP)],
        "[[test]]\nname = \"own\"\nscript = \"load/shop.js\"\n\
         [[test]]\nname = \"other\"\nscript = \"load/shop.js\"\nk6.tags.run = \"x\"\n",
    );
    for version in VERSIONS {
        on(&space, version);
        space.run(&["build", "s"]).expect_code(0);
        for case in ["own", "other"] {
            let counts = ["browse", "buy", "of_setup", "of_teardown"].map(|name| count(&space, case, name));
            assert_eq!(counts, [Some(30.0), Some(10.0), Some(1.0), Some(5.0)], "{version} {case}");
            assert!(space.read(&format!("out/s/files/{case}/own.json")).contains("of_teardown"), "{version}");
        }
    }
    assert_eq!(space.read("load/shop.js"), SHOP);
}

#[test]
fn protos_beside_a_script_are_found() {
    let script = "\
import grpc from 'k6/net/grpc';
import { check } from 'k6';
const client = new grpc.Client();
client.load([], 'open_inference.proto');
export const options = { vus: 1, iterations: 1 };
export default function () {
  client.connect(__ENV.ADDRESS, { plaintext: true });
  const response = client.invoke('inference.GRPCInferenceService/ServerLive', {});
  check(response, { live: (r) => r.status === grpc.StatusOK });
}
";
    let space = workspace(&[("grpc/live.js", script)], "");
    space.write("grpc/open_inference.proto", &space.read("k6_templates/grpc/open_inference.proto"));
    let manifest = space.read("howitzer.toml");
    let address =
        manifest.split("base_url = \"").nth(1).and_then(|rest| rest.split('"').next()).expect("one");
    space.write(
        "suites/s.toml",
        &format!(
            "[[test]]\nname = \"t\"\nscript = \"grpc/live.js\"\ntarget = \"digits\"\nenv = {{ ADDRESS = \"{address}\" }}\n\
             matrix.iterations = [2, 3]\n"
        ),
    );
    for version in VERSIONS {
        on(&space, version);
        let said = space.run(&["build", "s"]).expect_code(0);
        assert!(said.stderr.contains("start target digits"), "{}", said.stderr);
        for (case, calls) in [("t[iterations=2]", 2.0), ("t[iterations=3]", 3.0)] {
            assert_eq!(crate::measured(&space, case, "checks", "passes"), Some(calls), "{version}");
        }
    }
}

#[test]
fn data_and_modules_of_a_script_are_found_and_count() {
    let script = "\
import { SharedArray } from 'k6/data';
import { parse } from './lib/rows.js';
import { Counter } from 'k6/metrics';
const rows = new SharedArray('rows', () => parse(open('../data/users.csv')));
const sum = new Counter('sum');
export default function () { for (const row of rows) { sum.add(Number(row.age)); } }
";
    // As packed modules begin: for CommonJS, AMD and plain pages alike.
    let rows = "\
(function (root, factory) {
  if (typeof define === 'function' && define.amd) { define([], factory); }
  else if (typeof module === 'object' && typeof exports !== 'undefined') { module.exports = factory(); }
  else { root.Rows = factory(); }
})(this, function () {
  const parse = (text) => {
    const [head, ...lines] = text.trim().split('\\n').map((line) => line.split(','));
    return lines.map((line) => Object.fromEntries(head.map((name, at) => [name, line[at]])));
  };
  return { parse: parse };
});
";
    let space = workspace(
        &[
            ("load/a.js", script),
            ("load/lib/rows.js", rows),
            ("data/users.csv", "name,age\nada,30\nbob,12\n"),
        ],
        "[[test]]\nname = \"t\"\nscript = \"load/a.js\"\nk6 = { vus = 1, iterations = 2 }\n",
    );
    for version in VERSIONS {
        on(&space, version);
        space.run(&["build", "s"]).expect_code(0);
        assert_eq!(count(&space, "t", "sum"), Some(84.0), "{version}");
    }
    space.edit("data/users.csv", "12", "20");
    let said = space.run(&["build", "s"]).expect_code(0);
    assert_eq!(said.runs(), ["run 1/1 t (file data/users.csv changed)"]);
    assert_eq!(count(&space, "t", "sum"), Some(100.0));
    space.edit("load/lib/rows.js", "(function", "// Packed.\n(function");
    let said = space.run(&["build", "s"]).expect_code(0);
    assert_eq!(said.runs(), ["run 1/1 t (module load/lib/rows.js changed)"]);
}

#[test]
fn a_variable_that_a_scenario_gives_is_no_news() {
    let script = "\
export const options = { scenarios: { a: { executor: 'per-vu-iterations', env: { OWN: '1' } } } };
export default function () { if (__ENV.OWN + __ENV.SUITES !== '12') { throw new Error(__ENV.OWN); } }
";
    let space = workspace(
        &[("load/a.js", script)],
        "[[test]]\nname = \"t\"\nscript = \"load/a.js\"\nk6.scenarios.a.env.SUITES = \"2\"\n",
    );
    let said = space.run(&["build", "s"]).expect_code(0);
    assert!(!said.stderr.contains("which nothing declares"), "{}", said.stderr);
    space.edit("suites/s.toml", "k6.", "#k6.");
    let said = space.run(&["build", "-n", "s"]).expect_code(0);
    assert!(said.stderr.contains("`__ENV.SUITES`, which nothing declares"), "{}", said.stderr);
}

#[test]
fn a_file_whose_path_comes_from_a_variable_is_declared_and_swept() {
    let script = "\
import { Counter } from 'k6/metrics';
const { USERS = 'small' } = __ENV;
const lines = open(`./${USERS}.csv`).trim().split('\\n').length;
const counter = new Counter('lines');
export default function () { counter.add(lines); }
";
    let space = workspace(
        &[("load/a.js", script), ("load/small.csv", "a\n"), ("load/large.csv", "a\nb\nc\n")],
        "[[test]]\nname = \"t\"\nscript = \"load/a.js\"\nmatrix.\"env.USERS\" = [\"small\", \"large\"]\n",
    );
    let said = space.run(&["build", "s"]).expect_code(3);
    assert!(said.stderr.contains("inputs = [\"load/small.csv\"]"), "{}", said.stderr);
    space.edit("suites/s.toml", "matrix", "inputs = [\"load/*.csv\"]\nmatrix");
    space.run(&["build", "s"]).expect_code(0);
    let counts = ["t[USERS=small]", "t[USERS=large]"].map(|case| count(&space, case, "lines"));
    assert_eq!(counts, [Some(1.0), Some(3.0)]);
}

#[test]
fn typescript_runs_as_it_is() {
    let script = "\
import { Counter } from 'k6/metrics';
import { Options } from 'k6/options';
import { twice } from './twice.ts';
interface Step { by: number }
const step: Step = { by: 2 };
const counter: Counter = new Counter('steps');
export const options: Options = { vus: 1, iterations: 3 };
export default (): void => { counter.add(twice(step.by) as number); };
";
    let space = workspace(
        &[("load/a.ts", script), ("load/twice.ts", "export const twice = (n: number): number => 2 * n;\n")],
        "[[test]]\nname = \"t\"\nscript = \"load/a.ts\"\n[test.matrix]\niterations = [1, 2]\n",
    );
    for version in VERSIONS {
        on(&space, version);
        space.run(&["build", "s"]).expect_code(0);
        assert_eq!(count(&space, "t[iterations=2]", "steps"), Some(8.0), "{version}");
    }
}

#[test]
fn every_way_of_exporting_works() {
    let head = "import { Counter } from 'k6/metrics';\nconst n = new Counter('calls');\n";
    let common = "const { Counter } = require('k6/metrics');\nconst n = new Counter('calls');\n";
    let scripts = [
        ("function", head, "export default function () { n.add(1); }"),
        ("async", head, "export default async function () { n.add(1); }"),
        ("arrow", head, "const run = () => n.add(1);\nexport { run as default };"),
        ("from", "", "export { default } from './module.js';"),
        ("star", "", "export * from './module.js';\nexport { default } from './module.js';"),
        (
            "exports",
            common,
            "exports.default = function () { n.add(1); };\nexports.options = { iterations: 1 };",
        ),
        (
            "member",
            common,
            "module.exports.default = () => { n.add(1); };\nmodule.exports.options = { iterations: 1 };",
        ),
        ("whole", common, "module.exports = { default: () => n.add(1), options: { iterations: 1 } };"),
    ];
    let space = workspace(&[], "");
    space.write(
        "load/module.js",
        &format!("{head}export default function () {{ n.add(1); }}\nexport const other = 1;\n"),
    );
    let mut suite = String::new();
    for (name, head, text) in scripts {
        space.write(&format!("load/{name}.js"), &format!("{head}{text}\n"));
        suite.push_str(&format!(
            "[[test]]\nname = \"{name}\"\nscript = \"load/{name}.js\"\nk6 = {{ vus = 1, iterations = 2 }}\n"
        ));
    }
    space.write("suites/s.toml", &suite);
    for version in VERSIONS {
        on(&space, version);
        space.run(&["build", "s"]).expect_code(0);
        for (name, ..) in scripts {
            assert_eq!(count(&space, name, "calls"), Some(2.0), "{version} {name}");
        }
    }
}

#[test]
fn scenarios_of_commonjs_and_of_starred_modules_execute_their_functions() {
    let counted = "const { Counter } = require('k6/metrics');\nconst n = new Counter('calls');\n";
    let options = "{ scenarios: { a: { executor: 'per-vu-iterations', exec: 'browse', iterations: 1 } } }";
    let space = workspace(
        &[
            (
                "load/common.js",
                &format!("{counted}exports.options = {options};\nexports.browse = () => n.add(1);\n"),
            ),
            (
                "load/star.js",
                &format!("export * from './functions.js';\nexport const options = {options};\n"),
            ),
            (
                "load/functions.js",
                "import { Counter } from 'k6/metrics';\nconst n = new Counter('calls');\nexport function browse() { n.add(1); }\n",
            ),
        ],
        "[defaults]\n[defaults.k6.scenarios.a]\niterations = 4\n\
         [[test]]\nname = \"common\"\nscript = \"load/common.js\"\n\
         [[test]]\nname = \"star\"\nscript = \"load/star.js\"\n",
    );
    for version in VERSIONS {
        on(&space, version);
        space.run(&["build", "s"]).expect_code(0);
        for case in ["common", "star"] {
            assert_eq!(count(&space, case, "calls"), Some(4.0), "{version} {case}");
        }
    }
}

#[test]
fn a_variable_that_a_script_has_a_default_for_is_offered_and_swept() {
    let script = "\
import { Counter } from 'k6/metrics';
const n = new Counter('calls');
export const options = { vus: 1, iterations: Number(__ENV.TIMES || 2) };
export default function () { n.add(Number(__ENV.STEP || '10')); }
";
    let space = workspace(
        &[("load/a.js", script)],
        "[[test]]\nname = \"t\"\nscript = \"load/a.js\"\n#[test.matrix]\n#\"env.TIMES\" = [\"1\", \"3\"]\n",
    );
    let said = space.run(&["build", "s"]).expect_code(0);
    for name in ["STEP", "TIMES"] {
        let line = format!("[test.matrix] \"env.{name}\" = [");
        assert!(said.stderr.contains(&line), "{line} is missing in:\n{}", said.stderr);
    }
    assert_eq!(count(&space, "t", "calls"), Some(20.0));
    space.write("suites/s.toml", &space.read("suites/s.toml").replace('#', ""));
    let said = space.run(&["build", "s"]).expect_code(0);
    assert!(!said.stderr.contains("__ENV.TIMES"), "{}", said.stderr);
    assert_eq!(count(&space, "t[TIMES=1]", "calls"), Some(10.0));
    assert_eq!(count(&space, "t[TIMES=3]", "calls"), Some(30.0));
}

#[test]
fn a_script_stands_beside_templates_of_the_ancestor_and_is_run_as_it_is() {
    let space = workspace(
        &[
            ("load/shop.js", SHOP),
            ("k6_templates/old.js", "{{k6_opts}}\nexport default function () { return '{{who}}'; }\n"),
        ],
        "[suite]\nrendering = \"ancestor\"\n\
         [[test]]\nname = \"old\"\ntemplate = \"old.js\"\nvars.who = \"me\"\nk6 = { vus = 1, iterations = 2 }\n\
         [[test]]\nname = \"shop\"\nscript = \"load/shop.js\"\nmatrix.\"k6.scenarios.browse.iterations\" = [1, 4]\n",
    );
    for version in VERSIONS {
        on(&space, version);
        assert_eq!(space.run(&["build", "s"]).expect_code(0).runs().len(), 3, "{version}");
        let counts = ["1", "4"].map(|times| count(&space, &format!("shop[iterations={times}]"), "browse"));
        assert_eq!(counts, [Some(10.0), Some(40.0)], "{version}");
        assert!(space.read("out/s/render/old.js").contains("'iterations': '2'"), "the ancestor's own text");
    }
    assert_eq!(space.read("load/shop.js"), SHOP);
    let wrong = "[suite]\nrendering = \"ancestor\"\n[[test]]\nname = \"t\"\nscript = \"load/shop.js\"\nvars.x = 1\n\
                 matrix.vus = [1, 2]\n";
    space.write("suites/s.toml", wrong);
    let said = space.run(&["list", "s"]).expect_code(3).stderr;
    assert!(said.contains("`vars` does not reach a script"), "{said}");
    space.write("suites/s.toml", &wrong.replace("vars.x = 1\n", ""));
    let said = space.run(&["list", "s"]).expect_code(3).stderr;
    assert!(said.contains("`vus` has no effect beside the scenarios `browse`, `buy`"), "{said}");
}
