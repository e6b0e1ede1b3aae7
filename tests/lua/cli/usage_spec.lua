local commands = require("engine.cli.commands")
local exit_codes = require("engine.cli.exit_codes")
local text = require("core.text")
local usage = require("engine.cli.usage")

local function lines_of(s)
  return select(2, s:gsub("\n", ""))
end

describe("engine.cli.usage", function()
  it("explains each command on one screen, examples before options", function()
    for _, name in ipairs(commands.list) do
      local short = usage.short(name, 80)
      assert.is_true(lines_of(short) <= 30, name .. " is longer than a screen")
      local examples, options = short:find("Examples:", 1, true), short:find("Options:", 1, true)
      assert.is_truthy(examples, name)
      assert.is_true(options == nil or examples < options, name)
      assert.is_true(#commands.load(name).examples >= 2, name)
    end
  end)

  it("keeps within the screen", function()
    for _, name in ipairs(commands.list) do
      for _, width in ipairs({ 60, 80, 120 }) do
        for line in usage.long(name, width):gmatch("[^\n]+") do
          if not line:match("^Usage") then
            assert.is_true(text.width(line) <= math.max(width, 100), line)
          end
        end
      end
    end
  end)

  it("shows every option of a command in --help, and no other", function()
    local long = usage.long("run", 80)
    for _, name in ipairs({ "--jobs", "--deadline", "--report-junit", "--no-overrides" }) do
      assert.is_truthy(long:find(name, 1, true), name)
    end
    for _, name in ipairs({ "--digest", "--origin", "--twice" }) do
      assert.is_nil(long:find(name, 1, true), name)
    end
  end)

  it("says what an option means in the command that is asked for", function()
    local function row(command, name)
      return (usage.long(command, 200):match("\n *" .. name:gsub("%-", "%%-") .. " [^\n]*"))
    end
    for _, name in ipairs({ "lint", "render", "validate", "list", "dry-run" }) do
      assert.is_nil(row(name, "--no-cache"):find("room", 1, true), name)
    end
    assert.matches("rooms", row("run", "--no-cache"), 1, true)
    assert.is_nil(row("stubs", "--check"):find("TOML", 1, true))
    assert.is_nil(row("fmt", "--check"):find("TOML", 1, true))
    assert.matches("exit code 2", row("render", "--check"), 1, true)
    assert.matches("--ignore CODES ", row("lint", "--ignore"), 1, true)
    assert.matches("--ignore GLOBS ", row("diff", "--ignore"), 1, true)
    for _, option in ipairs(require("engine.cli.options")) do
      for command in pairs(option.text_of or option.arg_of or {}) do
        assert.is_true(require("engine.cli.parse").applies(option, command), option.long)
      end
    end
  end)

  it("lists each command of the program", function()
    local program = usage.program(80, false)
    for _, name in ipairs(commands.list) do
      assert.is_truthy(program:find("\n  " .. name .. " ", 1, true), name)
    end
    assert.is_true(lines_of(program) <= #commands.list + 12) -- each has one line
  end)

  it("gives the tables as data", function()
    local data = usage.data()
    assert.equal(#commands.list, #data.commands)
    local json = require("core.json")
    assert.is_string(json.encode(data))
  end)

  it("knows the exit codes of each command", function()
    local known = {}
    for _, entry in ipairs(exit_codes.list) do
      known[entry.code] = true
    end
    for _, name in ipairs(commands.list) do
      for _, code in ipairs(commands.load(name).exits or {}) do
        assert.is_true(known[code], name)
      end
    end
  end)
end)

describe("engine.cli.exit_codes", function()
  it("lets the heavier code stand", function()
    assert.equal(3, exit_codes.worst(3, 2))
    assert.equal(2, exit_codes.worst(6, 2))
    assert.equal(6, exit_codes.worst(1, 6))
    assert.equal(1, exit_codes.worst(4, 1))
    assert.equal(6, exit_codes.worst(0, 6))
    assert.equal(130, exit_codes.worst(130, 6))
  end)
end)

describe("engine.cli.topics", function()
  it("has a text for each topic, within 100 columns", function()
    local topics = require("engine.cli.topics")
    for _, topic in ipairs(topics.list) do
      local shown = type(topic.text) == "function" and topic.text(80) or topic.text
      assert.matches("\n$", shown)
      for line in shown:gmatch("[^\n]+") do
        assert.is_true(#line <= 100, line)
      end
    end
    assert.is_nil(topics.get("nothing"))
  end)

  it("explains each filter, test and function of templates, with what its example gives", function()
    local topic = require("engine.cli.topics").get("templates")
    local reference, all = require("engine.template.reference"), topic.text(80)
    for _, kind in ipairs({ "filters", "tests", "functions" }) do
      for name in pairs(reference[kind]) do
        assert.is_truthy(all:find("%f[%w_]" .. name .. "%f[^%w_]"), name)
        assert.matches("gives: ", topic.on(name, 80), 1, true, name)
      end
    end
    assert.matches('^filter upper\n\n[^\n]+\n\n  {{ "[^"]+" | upper }}\n  gives: STRASSE\n$',
      topic.on("upper", 80))
    assert.same({ nil, "upper" }, { topic.on("uper", 80) })
  end)

  it("says which names a folder is searched for", function()
    local filters = require("engine.cli.topics").get("filters").text
    local is_test_name = require("engine.discover").is_test_name
    local count = 0
    for ending in filters:match("are searched for(.-);"):gmatch("%*(%.[%w.]+%w)") do
      count = count + 1
      assert.is_true(is_test_name("a" .. ending), ending)
    end
    assert.equal(3, count)
  end)

  it("tells of every variable that the settings read", function()
    local environment = require("engine.cli.topics").get("environment").text
    for _, key in ipairs(require("engine.config.keys").list) do
      if key.env then
        assert.is_truthy(environment:find("CLNRM_" .. key.env, 1, true), key.env)
      end
      if key.name == "cli.backend" then
        local values = table.concat(key.values, ", ")
        assert.is_truthy(environment:find("are made: " .. values .. "\n", 1, true), values)
      end
    end
    for name, standard in pairs(require("engine.template.context").STANDARD) do
      assert.is_truthy(environment:find(standard[1], 1, true), name)
    end
  end)
end)
