--- Lint rule L602: who the test is, by an older table.
local source = require("engine.diag.source")
local spelling = require("engine.lint.spelling")

local function whole_header(cx, t)
  local offset = cx.positions:table(t)
  local close = cx.text:match("^%[[^%[\n][^\n]-%]()", offset + 1)
  return close and { offset = offset, stop = close - 1 } or nil
end

--- The line of a header, when nothing else stands on it.
local function header_line(cx, header)
  local last = cx.text:match("^[ \t\r]*\n()", header.stop + 1)
  local begin = source.line_begin(cx.text, header.offset)
  local is_alone = not cx.text:sub(begin + 1, header.offset):find("[^ \t]")
  return last and is_alone and { offset = begin, stop = last - 1 } or nil
end

--- Whether only keys stand between two headers, so that the second one can be left out.
local function is_next(cx, first, second)
  return second.offset > first.stop
    and not cx.text:sub(first.stop + 1, second.offset):find("\n[ \t]*%[")
end

--- The two tables as one.
local function joined(cx, test, metadata)
  local header, own = whole_header(cx, metadata), whole_header(cx, test)
  if not header then
    return nil
  end
  local is_own = own and own.offset ~= header.offset
  local line = is_own and header_line(cx, header)
  if not is_own and #cx.positions:keys(test) == 1 then
    return { cx:replace(header, "[meta]") }
  elseif line and is_next(cx, own, header) then
    return { cx:replace(own, "[meta]"), cx:replace(line, "") }
  end
end

--- Whether what [metadata] says would be said twice where it is put.
local function collide(test, metadata)
  for name in pairs(metadata) do
    if test[name] ~= nil then
      return true
    end
  end
  return false
end

--- Keys metadata.NAME as NAME; nil: one of them is written in another way.
local function lifted(cx, root, test)
  local edits = spelling.rename(cx, root, "test", "meta")
  for _, place in ipairs(spelling.places(cx, test, "metadata")) do
    local next_part = cx.text:match("^[ \t]*%.[ \t]*()", place.stop + 1)
    if not next_part then
      return nil
    end
    edits[#edits + 1] = cx:replace({ offset = place.offset, stop = next_part - 1 }, "")
  end
  return edits
end

--- `metadata = { … }` below a header as lines of its own.
local function spread(cx, root, test, metadata)
  local lines = {}
  for i, name in ipairs(cx.positions:keys(metadata)) do
    local offset = cx.positions:key(metadata, name)
    local _, stop = cx.positions:value(metadata, name)
    lines[i] = cx:source({ offset = offset, stop = stop })
  end
  local offset = cx.positions:key(test, "metadata")
  local _, stop = cx.positions:value(test, "metadata")
  local begin = source.line_begin(cx.text, offset)
  local indent = cx.text:sub(begin + 1, offset)
  if not lines[1] or indent:find("[^ \t]") or table.concat(lines):find("\n", 1, true) then
    return nil
  end
  local edits = spelling.rename(cx, root, "test", "meta")
  local feed = cx.text:match("\r?\n", stop + 1) or "\n"
  edits[#edits + 1] =
    cx:replace({ offset = offset, stop = stop }, table.concat(lines, feed .. indent))
  return edits
end

local function rewrite(cx, root, test)
  local metadata = test.metadata
  if type(metadata) ~= "table" then
    return spelling.rename(cx, root, "test", "meta")
  elseif spelling.is_inline(cx, root, "test") then
    local value, inner = cx:item(root, "test"), cx:item(test, "metadata")
    return #cx.positions:keys(test) == 1 and cx:source(inner):find("^{") and {
      cx:replace({ offset = cx.positions:key(root, "test"), stop = select(2,
        cx.positions:key(root, "test")) }, "meta"),
      cx:replace(value, cx:source(inner)),
    } or nil
  elseif collide(test, metadata) then
    return nil
  elseif spelling.is_inline(cx, test, "metadata") then
    return spread(cx, root, test, metadata)
  end
  return joined(cx, test, metadata) or lifted(cx, root, test)
end

return {
  code = "L602",
  name = "old-identity",
  severity = "warning",
  default = false,
  fix = "safe",
  needs = { words = { "test" }, facts = { "file.test" } },
  docs = {
    summary = "[test] or [test.metadata] instead of [meta]",
    why = [[
Who a test is stands in `[meta]`. `clnrm migrate` rewrites the older tables; one that is in pieces,
which other tables part, is told and left to you.]],
    bad = [==[
[test.metadata]
name = "list"
[[steps]]
name = "list"
command = ["ls"]
]==],
    good = [==[
[meta]
name = "list"
[[steps]]
name = "list"
command = ["ls"]
]==],
  },
  tests = {
    ok = { '[meta]\nname = "a"\n' },
    bad = {
      { code = '[test]\nname = "a"\n', fixed = '[meta]\nname = "a"\n' },
      {
        code = 'test.name = "a"\ntest.tags = ["b"]\n',
        fixed = 'meta.name = "a"\nmeta.tags = ["b"]\n',
      },
      { code = '[test]\n# why\n[test.metadata]\nname = "a" # it\n',
        fixed = '[meta]\n# why\nname = "a" # it\n' },
      { code = '[test]\nname = "a"\n[[steps]]\nname = "x"\ncommand = ["ls"]\n[test.metadata]\n'
        .. 'tags = ["b"]\n' },
      { code = 'test = { metadata = { name = "a" } }\n', fixed = 'meta = { name = "a" }\n' },
      { code = 'test.metadata.name = "a" # x\ntest.tags = ["b"]\n',
        fixed = 'meta.name = "a" # x\nmeta.tags = ["b"]\n' },
      { code = '[test] # x\nmetadata.name = "a"\ntags = ["b"]\nmetadata . description = "c"\n',
        fixed = '[meta] # x\nname = "a"\ntags = ["b"]\ndescription = "c"\n' },
      { code = '[test]\n  metadata = { name = "a", tags = ["b"] } # x\n',
        fixed = '[meta]\n  name = "a"\n  tags = ["b"] # x\n' },
      { code = '[test]\r\nmetadata = { name = "a", tags = ["b"] }\r\n',
        fixed = '[meta]\r\nname = "a"\r\ntags = ["b"]\r\n' },
      { code = 'test = { metadata.name = "a" }\n', fixed = 'test = { metadata.name = "a" }\n' },
      { code = '[test]\nname = "a"\nmetadata = { name = "b" }\n' },
      { code = '[test]\nname = "a"\nmetadata.name = "b"\n' },
    },
  },
  visit = {
    file = function(cx, file)
      local test = file.checked.raw.test
      if type(test) ~= "table" then
        return
      end
      local offset, stop, at = cx.positions:key(file.checked.raw, "test")
      cx:report({
        place = { offset = offset, stop = stop, at = at },
        message = "who the test is stands in [meta]",
        fix = file.checked.raw.meta == nil and rewrite(cx, file.checked.raw, test) or nil,
        fix_message = "write [meta]",
      })
    end,
  },
}
