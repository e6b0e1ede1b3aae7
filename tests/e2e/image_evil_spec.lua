--- Archives that must do no harm (tests/e2e/evil_tars.lua): each is refused by one error or
--- unpacked inside its root; nothing outside changes, nothing of a refused one is kept.
local evil_tars = dofile("tests/e2e/evil_tars.lua")
local support = dofile("tests/e2e/support.lua")
local tar = dofile("tests/e2e/tar.lua")

local ROOT = { n = "etc/", t = "5" }

--- Loads every archive of a folder, and tells after each what is in the store and around it.
local LOOP = [[
hash() { (cd canary && find . -printf '%y %m %s %T@ %p %l\n' | sort; cat file) | sha256sum; }
before=$(hash); store=cache/clnrm/images
for f in tars/*; do
  timeout 60 "$CLNRM" image load "$f" >out 2>err; code=$?
  echo "code=$code errors=$(grep -c '^error' err) trees=$(ls -A $store/trees | wc -l)" \
    "tmp=$(ls -A $store/tmp | wc -l)" "names=$(ls -A $store/names | wc -l)" \
    "canary=$([ "$before" = "$(hash)" ] && echo same || echo CHANGED)" \
    "suid=$(find $store -perm /6000 | wc -l)" \
    "odd=$(find $store ! -type f ! -type d ! -type l | wc -l)" \
    "text=$(head -c 300 err | tr '\n' ' ')"
  for t in $(ls $store/trees); do "$CLNRM" image rm "sha256:$t" >/dev/null; done
done
ls -A | sort | tr '\n' ' '
]]

local function prepare(top, cases)
  support.write(top .. "/canary/file", "must stay\n")
  support.write(top .. "/tars/.keep", "")
  for i, case in ipairs(cases) do
    local content = case[3]
    if type(content) == "table" then
      content = tar.archive({ ROOT, { n = "etc/ok", d = "ok" }, table.unpack(content, 1, 4000) })
    end
    if case[1] == "more than 100,000 entries" then
      content = (tar.entry(case[3][1])):rep(100001) .. tar.END
    end
    support.write(("%s/tars/%03d.tar"):format(top, i), content)
  end
end

--- Loads all, and returns what was told of each, and what is in the folder afterwards.
local function load_all(top)
  local got = support.sh(LOOP, { cwd = top, env = { XDG_CACHE_HOME = top .. "/cache" },
    deadline_s = 600 })
  local lines = {}
  for line in got.out:gmatch("[^\n]+") do
    lines[#lines + 1] = line
  end
  return lines, table.remove(lines), got
end

local function matches_one(text, patterns)
  for pattern in patterns:gmatch("[^|]+") do
    if text:find(pattern) then
      return true
    end
  end
  return false
end

--- Says what is wrong with what came of an archive, or nil.
local function problem(line, expected)
  local field = {}
  for key, value in line:gmatch("(%w+)=(%S+)") do
    field[key] = field[key] or value
  end
  local text = line:match("text=(.*)$")
  if field.canary ~= "same" or field.tmp ~= "0" or field.suid ~= "0" or field.odd ~= "0" then
    return "harm"
  elseif expected == true then
    return (field.code ~= "0" or field.trees ~= "1") and "not unpacked" or nil
  elseif field.code ~= "6" or field.errors ~= "1" or field.trees ~= "0" or field.names ~= "0" then
    return "not refused by one error"
  elseif not matches_one(text, expected) then
    return "refused for something else"
  end
end

describe("a hostile archive", function()
  local top, cases, lines, around

  setup(function()
    top = support.tempdir()
    cases = evil_tars(top)
    prepare(top, cases)
    lines, around = load_all(top)
  end)

  teardown(function()
    support.remove(top)
  end)

  it("is one of at least 120", function()
    assert.is_true(#cases >= 120, #cases)
    assert.equal(#cases, #lines)
  end)

  it("is refused by one clear error, or unpacked inside its root", function()
    local wrong = {}
    for i, case in ipairs(cases) do
      local why = problem(lines[i], case[2])
      wrong[#wrong + 1] = why and ("%s: %s: %s"):format(case[1], why, lines[i]) or nil
    end
    assert.equal("", table.concat(wrong, "\n"))
  end)

  it("makes nothing beside the store", function()
    assert.equal("cache canary err out tars ", around)
  end)
end)
