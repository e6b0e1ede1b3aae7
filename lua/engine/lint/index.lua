--- What is known of each rule of lint before its module is loaded.
---
--- Made by `make docs` of the modules themselves, in the order of engine.lint.catalogue.
return {
  {
    code = "L001", name = "no-evidence", severity = "warning",
    kinds = { "file", "scenario" },
    summary = "Nothing in the scenario can fail",
    needs = {
      words = {
        "true", "echo", "printf", "sleep", "\":", "':", "/:", ";:", " :", "\t:", "\n:", "\\n:",
        "\\t:", "\\r:", "\\f:",
      },
    },
  },
  {
    code = "L002", name = "vacuous-expectation", severity = "warning",
    kinds = { "expect", "span", "step" },
    summary = "An expectation that every output meets",
    needs = {
      facts = { "empty expression", "duration.gt" },
      words = { "matches", "expected_output_regex", "duration_ms", "gte" },
    },
  },
  {
    code = "L004", name = "command-as-text", severity = "warning", fix = "safe",
    kinds = { "scenario", "step" },
    summary = "A command of one item that holds blanks",
    needs = { facts = { "blank command" } },
  },
  {
    code = "L008", name = "unused-service", severity = "warning",
    kinds = { "file_exit" },
    summary = "A service that no test uses",
    needs = {
      facts = {
        { "unnamed service", "scenario.service" }, { "step.service", "scenario.service" },
      },
      words = { "service" },
    },
  },
  {
    code = "L009", name = "health-check-cycle", severity = "error",
    kinds = { "file" },
    summary = "A health check asks a service that waits for it",
    needs = {
      facts = { { "service.depends_on" }, { "service.health_check", "service.wait" } },
      words = { { "depends_on" }, { "health_check", "healthcheck", "wait" } },
    },
  },
  {
    code = "L010", name = "unused-capture", severity = "warning",
    kinds = { "step" },
    summary = "A captured value that nothing can use",
    needs = { facts = { "step.capture" }, words = { "capture" } },
  },
  {
    code = "L011", name = "shell-syntax-in-list", severity = "warning",
    kinds = { "service", "step" },
    summary = "Shell syntax in a list",
    needs = {
      words = {
        "\n&&\"", "\n&&'", "\n2>\"", "\n2>&1\"", "\n2>&1'", "\n2>'", "\n<\"", "\n<'", "\n>\"",
        "\n>'", "\n>>\"", "\n>>'", "\n|\"", "\n|'", "\n||\"", "\n||'", "\"&&\"", "\"2>\"",
        "\"2>&1\"", "\"<\"", "\">\"", "\">>\"", "\"|\"", "\"||\"", "'&&'", "'2>&1'", "'2>'", "'<'",
        "'>'", "'>>'", "'|'", "'||'",
      },
    },
  },
  {
    code = "L012", name = "hidden-exit-code", severity = "warning",
    kinds = { "step" },
    summary = "The exit code is hidden, and nothing else is expected",
    needs = { words = { { "||", ";" }, { "true", "exit", ":" } } },
  },
  {
    code = "L013", name = "timeout-never-reached", severity = "warning",
    kinds = { "step" },
    summary = "A timeout that is never reached",
    needs = {
      facts = {
        { "step.timeout" }, { "scenario.timeout", "scenario.timeout_ms", "meta.timeout" },
      },
      words = { "timeout" },
    },
  },
  {
    code = "L014", name = "no-expectation", severity = "warning", default = false,
    kinds = { "step" },
    summary = "A step expects nothing but exit code 0",
  },
  {
    code = "L017", name = "any-failure", severity = "warning",
    kinds = { "step" },
    summary = "Every failure is right",
    needs = { facts = { "step.should_fail" }, words = { "should_fail" } },
  },
  {
    code = "L021", name = "reserved-port", severity = "warning",
    kinds = { "service" },
    summary = "A port that is reserved",
    needs = {
      facts = { "service.ports" }, words = {
        { "port" }, {
          "4317", "4318", "4_3", "3_1", "1_7", "1_8", "0x", "0o", "0b", ":0", ":1", ":2", ":3",
          ":4", ":5", ":6", ":7", ":8", ":9",
        },
      },
    },
  },
  {
    code = "L022", name = "writable-project", severity = "warning", fix = "unsafe",
    kinds = { "service" },
    summary = "A service can write to the whole project",
    needs = { facts = { "service.volumes" }, words = { "volumes" } },
  },
  {
    code = "L023", name = "secret-in-plain-text", severity = "warning",
    kinds = { "file" },
    summary = "A secret in plain text",
    options = {
      min_length = {
        default = 16, min = 4, text = "of a value whose variable is named like a secret",
        type = "integer",
      },
    },
    needs = {
      words = {
        "akia", "asia", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "glpat-", "xox", "sk_live_", "sk-",
        "aiza", "npm_", "@", "token", "pass", "secret", "credential", "auth", "key", "pat", "pwd",
      },
    },
  },
  {
    code = "L026", name = "odd-variable-name", severity = "warning",
    kinds = { "room", "service", "step" },
    summary = "A variable whose name no shell can read",
    needs = { facts = {}, words = { "env" } },
  },
  {
    code = "L031", name = "unpinned-image", severity = "warning",
    kinds = { "room", "service" },
    summary = "The image is another one tomorrow",
    needs = { facts = { "room.image", "service.image" }, words = { "image" } },
  },
  {
    code = "L101", name = "home-path", severity = "warning",
    kinds = { "scenario", "service", "step" },
    summary = "A path in somebody's home",
    needs = { words = { "/home/", "/users/" } },
  },
  {
    code = "L102", name = "network-in-step", severity = "warning",
    kinds = { "scenario", "step" },
    summary = "A step reaches for the network",
    needs = {
      words = {
        { "apt", "apk", "pip", "npm", "git", "docker", "cargo", "curl", "wget" },
        { "install", "add", "ci", "clone", "pull", "://" },
      },
    },
  },
  {
    code = "L103", name = "inherited-environment", severity = "warning",
    kinds = { "room" },
    summary = "A variable that says something else on each machine",
    needs = { facts = { "room.inherit_env" }, words = { "inherit_env" } },
  },
  {
    code = "L104", name = "unseeded-random", severity = "warning",
    kinds = { "template_tag" },
    summary = "A random value without a seed",
    needs = {
      facts = {}, words = {
        { "{{", "{%" }, {
          "fake", "rand_hex", "uuid_v4", "uuid_v7", "ulid", "pick", "weighted", "shuffle",
          "sample", "trace_id", "span_id", "traceparent", "get_random",
        },
      },
    },
  },
  {
    code = "L105", name = "clock-in-template", severity = "warning",
    kinds = { "template_tag" },
    summary = "The time of the day in a template",
    needs = { facts = {}, words = { { "{{", "{%" }, { "now", "date_rfc3339" } } },
  },
  {
    code = "L201", name = "impossible-order", severity = "error",
    kinds = { "expect" },
    summary = "An order that no run can have",
    needs = {
      facts = { "file.expect" },
      words = { "must_precede", "must_follow", "must_include", "window" },
    },
  },
  {
    code = "L202", name = "bad-glob", severity = "error",
    kinds = { "expect", "span" },
    summary = "A name of a span that is no glob",
    needs = { facts = { "file.expect" }, words = { "span", "by_name" } },
  },
  {
    code = "L203", name = "exporter-without-endpoint", severity = "error",
    kinds = { "file" },
    summary = "An exporter without an endpoint",
    needs = { facts = { "file.otel" }, words = { "jaeger", "zipkin", "datadog", "newrelic" } },
  },
  {
    code = "L204", name = "span-of-any-name", severity = "warning",
    kinds = { "span" },
    summary = "Any span meets the expectation",
    needs = { facts = { "file.expect" }, words = { { "span" }, { "*" } } },
  },
  {
    code = "L301", name = "sleep-in-step", severity = "warning",
    kinds = { "scenario", "step" },
    summary = "A pause instead of a wait",
    needs = { words = { "sleep" } },
  },
  {
    code = "L302", name = "slow-probe", severity = "warning",
    kinds = { "service" },
    summary = "A service is looked at seldom",
    options = {
      longest_ms = {
        default = 5000, min = 1, text = "the longest interval that is not told", type = "integer",
      },
    },
    needs = { facts = { "health.interval" }, words = { "interval" } },
  },
  {
    code = "L401", name = "repeated-tag", severity = "warning", fix = "safe",
    kinds = { "file", "scenario" },
    summary = "A tag is given twice",
    needs = { facts = { "repeated tag" }, words = { "tags" } },
  },
  {
    code = "L402", name = "redundant-default", severity = "warning", default = false, fix = "safe",
    kinds = { "room", "scenario", "service", "step" },
    summary = "A key with its default",
  },
  {
    code = "L403", name = "padded-name", severity = "warning", fix = "unsafe",
    kinds = { "scenario", "step" },
    summary = "Blanks around a name",
    needs = { facts = { "padded name" } },
  },
  {
    code = "L501", name = "focused-test", severity = "warning", fix = "unsafe", lang = "lua",
    kinds = { "lua_call" },
    summary = "A test that leaves out the others",
    needs = { words = { "only" } },
  },
  {
    code = "L502", name = "sleep-in-test", severity = "warning", lang = "lua",
    kinds = { "lua_call" },
    summary = "A pause in a Lua test",
    needs = { words = { "sleep" } },
  },
  {
    code = "L503", name = "unchecked-command", severity = "warning", lang = "lua",
    kinds = { "lua_call" },
    summary = "Nobody looks at how the command ended",
    needs = { words = { "exec" } },
  },
  {
    code = "L601", name = "old-key", severity = "warning", default = false, fix = "safe",
    kinds = { "file" },
    summary = "An older name of a key",
    needs = { facts = { "alias" } },
  },
  {
    code = "L602", name = "old-identity", severity = "warning", default = false, fix = "safe",
    kinds = { "file" },
    summary = "[test] or [test.metadata] instead of [meta]",
    needs = { facts = { "file.test" }, words = { "test" } },
  },
  {
    code = "L603", name = "old-table", severity = "warning", default = false, fix = "safe",
    kinds = { "file" },
    summary = "[service.NAME] or [[scenarios]]",
    needs = { facts = { "file.service", "file.scenarios" }, words = { "service", "scenarios" } },
  },
  {
    code = "L604", name = "flat-hermeticity", severity = "warning", default = false, fix = "safe",
    kinds = { "expect" },
    summary = "A flat key of hermeticity",
    needs = {
      facts = { "file.expect" }, words = { "resource_attrs_must_match", "span_attrs_forbid_keys" },
    },
  },
  {
    code = "L605", name = "old-output-key", severity = "warning", default = false, fix = "safe",
    kinds = { "step" },
    summary = "expected_output_… instead of expect.stdout",
    needs = { words = { "expected_output_" } },
  },
  {
    code = "L606", name = "timeout-in-ms", severity = "warning", default = false, fix = "safe",
    kinds = { "scenario" },
    summary = "timeout_ms instead of timeout",
    needs = { facts = { "scenario.timeout_ms" }, words = { "timeout_ms" } },
  },
  {
    code = "L607", name = "pairs-as-list", severity = "warning", default = false, fix = "safe",
    kinds = { "room", "service", "span", "step" },
    summary = "A list of \"NAME=value\"",
    needs = { words = { "env", "attrs" } },
  },
  {
    code = "L900", name = "suppression-without-reason", severity = "warning",
    kinds = { "file_exit" },
    summary = "A suppression without a reason",
    needs = { words = { "clnrm:" } },
  },
  {
    code = "L901", name = "unused-suppression", severity = "warning", fix = "safe",
    kinds = { "file_exit" },
    summary = "A suppression that nothing needs",
    needs = { words = { "clnrm:" } },
  },
  {
    code = "L902", name = "unread-suppression", severity = "warning",
    kinds = { "file_exit" },
    summary = "A suppression that suppresses nothing",
    needs = { words = { "clnrm:" } },
  },
}
