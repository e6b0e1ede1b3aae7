--- What engine.model.shape makes of the schema; written by `make docs`.
-- luacheck: no max line length
return [[
values 50001
marks meta.name meta.version meta.description repeated%20tag meta.tags meta.author meta.timeout meta.requires file.meta meta.metadata file.test room.project room.image room.env room.inherit_env room.reuse file.room padded%20name step.name step.description blank%20command step.command step.service step.workdir step.env step.stdin step.expected_exit_code alias step.should_fail empty%20expression step.expected_output_regex step.expected_output_regex_not step.expected_output_contains step.expected_output_regex_stderr step.expected_output_regex_not_stderr step.expected_output_contains_stderr stdout.equals stdout.matches stdout.contains stdout.not_contains stdout.not_matches stdout.starts_with stdout.ends_with stdout.lines stdout.json stdout.snapshot expect.stdout stderr.equals stderr.matches stderr.contains stderr.not_contains stderr.not_matches stderr.starts_with stderr.ends_with stderr.lines stderr.json stderr.snapshot expect.stderr expect.exit_code duration.lt duration.gt expect.duration_ms file%20check.exists file%20check.equals file%20check.contains file%20check.mode file%20check.sha256 expect.file step.expect step.timeout step.retry step.retry_delay step.depends_on step.parallel step.continue_on_failure file.steps scenario.name scenario.description scenario.tags scenario.service scenario.run scenario.steps scenario.concurrent scenario.timeout scenario.timeout_ms scenario.expect_failure scenario.room file.scenario file.scenarios unnamed%20service service.plugin service.image service.command service.args service.env service.ports service.network service.relay service.workdir service.stop_signal service.stop_timeout service.depends_on service.kind health.cmd health.interval health.timeout health.retries health.start_period service.health_check wait.port wait.http wait.status wait.body wait.log wait.times wait.cmd wait.file wait.timeout service.wait limits.cpu_millicores limits.memory_mb limits.pids service.limits file.services file.service file.vars file.matrix file.limits determinism.seed determinism.freeze_clock file.determinism
text min=1 max=1000
text min=0
text min=1 max=1000 set=0 repeated=3
list item=2 min=0 clears=1
duration min=1 max=31622400000 unit=1000 text=1
word is=net-isolation is=fs-isolation is=pid-isolation is=user-isolation is=clock-isolation is=memory-limit is=pids-limit is=cpu-limit is=sandbox is=docker is=podman
list item=5 single=1 min=0
record
key name type=0 mark=0 slot=0 rule=0:0:0
key version type=1 mark=1 slot=1 rule=0:0:1
key description type=1 mark=2 slot=2 rule=0:0:2
key tags type=3 mark=4 slot=3 rule=0:0:3
key author type=1 mark=5 slot=4 rule=0:0:4
key timeout type=4 mark=6 slot=5 rule=0:0:5
key requires type=6 mark=7 slot=6 rule=0:0:6
record
key name type=0 mark=0 slot=0 rule=0:0:0
key version type=1 mark=1 slot=1 rule=0:0:1
key description type=1 mark=2 slot=2 rule=0:0:2
key tags type=3 mark=4 slot=3 rule=0:0:3
key author type=1 mark=5 slot=4 rule=0:0:4
key timeout type=4 mark=6 slot=5 rule=0:0:5
key requires type=6 mark=7 slot=6 rule=0:0:6
key metadata type=7 mark=9 slot=7
word is=ro is=copy is=none
text min=1 max=63 pairs=-./: form=[a-z0-9./-]+ form=[a-z0-9./-]+:[A-Za-z0-9_.-]+ not=host not=rootfs: not=archive: not=sha256:
text min=0 max=131071
integer min=-9223372036854775808
number least=-inf most=inf
boolean
either string=11 integer=12 float=13 boolean=14
text min=1 max=131071 set=1 until== form=[A-Za-z_][A-Za-z0-9_]*=[^]*
text min=1 max=1000 form=[A-Za-z_][A-Za-z0-9_]*
list item=16 clears=2
map keys=17 item=15
either array=18 table=19
text min=1 max=131071 form=[A-Za-z_][A-Za-z0-9_]*
list item=21 single=1 min=0
word is=never
record
key project type=9 mark=11 slot=0
key image type=10 mark=12 slot=1
key env type=20 mark=13 slot=2
key inherit_env type=22 mark=14 slot=3
key reuse type=23 mark=15 slot=4
text min=1 max=1000 set=2 padded=17
command item=11 values=1 blank=20
text min=1 max=1000 refers=3
text min=1 max=131071 pairs=.
text min=0 nul=1
integer min=0 max=255
regex empty=29
list item=31 single=1 min=1
text min=1 nul=1
list item=33 single=1 min=1
list item=29 min=0
integer min=0 max=9007199254740992
either array=35 integer=36
text min=0 max=100 nul=1 pairs=. form=$ form=$[.][A-Za-z0-9_.]+ form=$[.][A-Za-z0-9_]+\[[0-9][0-9]?\] form=$\[[0-9][0-9]?\][.][A-Za-z0-9_.]+ form=$[.][A-Za-z0-9_]+\[[0-9][0-9]?\][.][A-Za-z0-9_.]+
any plain=1
map keys=38 item=39 min=1
text min=1 max=1000 set=4
record min=1
key equals type=29 mark=36 slot=0
key matches type=32 mark=37 slot=1
key contains type=34 mark=38 slot=2
key not_contains type=34 mark=39 slot=3
key not_matches type=32 mark=40 slot=4
key starts_with type=33 mark=41 slot=5
key ends_with type=33 mark=42 slot=6
key lines type=37 mark=43 slot=7
key json type=40 mark=44 slot=8
key snapshot type=41 mark=45 slot=9
record min=1
key equals type=29 mark=47 slot=0
key matches type=32 mark=48 slot=1
key contains type=34 mark=49 slot=2
key not_contains type=34 mark=50 slot=3
key not_matches type=32 mark=51 slot=4
key starts_with type=33 mark=52 slot=5
key ends_with type=33 mark=53 slot=6
key lines type=37 mark=54 slot=7
key json type=40 mark=55 slot=8
key snapshot type=41 mark=56 slot=9
number least=0 most=9007199254740992
record min=1 owns=100
key lt type=44 mark=59 slot=0 rule=0:0:8
key gt type=44 mark=60 slot=1 rule=0:0:8
text min=1 max=1000 pairs=.
integer min=0 max=4095
text min=1 form=[0-7][0-7][0-7][0-7]?
either integer=47 string=48
text min=64 max=64 form=[0-9a-fA-F]+
record min=1 owns=200
key exists type=14 mark=62 slot=0 rule=3:3:9
key equals type=29 mark=63 slot=1 rule=0:1:9
key contains type=34 mark=64 slot=2 rule=0:1:9
key mode type=49 mark=65 slot=3 rule=0:1:9
key sha256 type=50 mark=66 slot=4 rule=0:1:9
map keys=46 item=51 min=1
record min=1
key stdout type=42 mark=46 slot=0
key stderr type=43 mark=57 slot=1
key exit_code type=30 mark=58 slot=2 rule=0:0:7
key duration_ms type=45 mark=61 slot=3
key file type=52 mark=67 slot=4
integer min=0 max=100
either boolean=14 integer=54
duration min=0 max=31622400000 unit=1000 text=1
text min=1 max=1000 refers=2 earlier=1
list item=57 single=1 min=0
record owns=80 required=5
key name type=25 mark=18 slot=0
key description type=1 mark=19 slot=1
key command type=26 mark=21 slot=2
key service type=27 mark=22 slot=3
key workdir type=28 mark=23 slot=4
key env type=20 mark=24 slot=5
key stdin type=29 mark=25 slot=6
key expected_exit_code type=30 mark=26 slot=7 rule=0:0:7
key exit_code type=30 mark=26 also=27 slot=7 rule=0:0:7
key should_fail type=14 mark=28 slot=8 rule=1:3:7
key expected_output_regex type=32 mark=30 slot=9
key expected_output_regex_not type=32 mark=31 slot=10
key expected_output_contains type=34 mark=32 slot=11
key expected_output_regex_stderr type=32 mark=33 slot=12
key expected_output_regex_not_stderr type=32 mark=34 slot=13
key expected_output_contains_stderr type=34 mark=35 slot=14
key expect type=53 mark=68 slot=15
key timeout type=4 mark=69 slot=16
key retry type=55 mark=70 slot=17
key max_retries type=55 mark=70 also=27 slot=17
key retry_on_failure type=55 mark=70 also=27 slot=17
key retry_delay type=56 mark=71 slot=18 beside=17
key depends_on type=58 mark=72 slot=19
key parallel type=14 mark=73 slot=20
key continue_on_failure type=14 mark=74 slot=21
list item=59 min=1 clears=14
text min=1 max=1000 set=5 padded=17
integer min=1 max=64
either boolean=14 integer=62
duration min=1 max=31622400000 unit=1
word is=fresh is=shared
record owns=1800 needs=800 required=1
key name type=61 mark=76 slot=0
key description type=1 mark=77 slot=1
key tags type=3 mark=78 slot=2
key service type=27 mark=79 slot=3
key run type=26 mark=80 slot=4 rule=0:1:11
key steps type=60 mark=81 slot=5 rule=0:1:11
key concurrent type=63 mark=82 slot=6
key timeout type=4 mark=83 slot=7 rule=0:0:12
key timeout_ms type=64 mark=84 slot=8 rule=0:0:12
key expect_failure type=14 mark=85 slot=9
key room type=65 mark=86 slot=10
list item=66 min=1
text min=1 max=63 pairs=- set=3 unreferred=89 form=[a-z][a-z0-9_-]* not=localhost not=room not=ip6-
word is=generic is=generic_container is=alpine is=testcontainers
command item=11 literal=1 blank=20
list item=11 single=1 min=0
port set=6 outside=7
list item=72 single=1 min=0 clears=40
word is=room is=none
text min=1 max=131071
word is=SIGTERM is=SIGINT is=SIGQUIT is=SIGKILL is=SIGHUP
text min=1 max=1000 set=8 refers=3 earlier=1
list item=77 min=0
either array=78 string=77
word is=daemon is=task is=init
command item=11 blank=20
integer min=1 max=1000
record required=1
key cmd type=81 mark=103 slot=0
key command type=81 mark=103 also=27 slot=0
key interval type=4 mark=104 slot=1
key timeout type=4 mark=105 slot=2
key retries type=82 mark=106 slot=3
key start_period type=56 mark=107 slot=4
integer min=1 max=65535
text min=1 form=/[!-~]* asks=15 form=http://localhost:[1-9][0-9]?[0-9]?[0-9]?/[!-~]*
integer min=100 max=599
text min=1
integer min=1 max=1000000
record owns=10000 needs=10000
key port type=84 mark=109 slot=0 rule=0:0:16
key http type=85 mark=110 slot=1 rule=0:0:16
key status type=86 mark=111 slot=2 beside=1
key body type=87 mark=112 slot=3 beside=1
key log type=31 mark=113 slot=4 rule=0:0:16
key times type=88 mark=114 slot=5 beside=4
key cmd type=81 mark=115 slot=6 rule=0:0:16
key file type=75 mark=116 slot=7 rule=0:0:16
key timeout type=4 mark=117 slot=8
list item=89 min=0
either array=90 table=89
integer min=1 max=1073741824
integer min=1 max=4194304
record
key cpu_millicores type=88 mark=119 slot=0
key cpu_limit type=88 mark=119 also=27 slot=0
key memory_mb type=92 mark=120 slot=1
key memory_limit type=92 mark=120 also=27 slot=1
key pids type=93 mark=121 slot=2
record owns=e000 needs=2000 clears=100
key plugin type=69 mark=90 slot=0
key type type=69 mark=90 also=27 slot=0
key image type=10 mark=91 slot=1 rule=0:1:13
key command type=70 mark=92 slot=2 rule=0:1:13 rule=2:1:14
key args type=71 mark=93 slot=3 rule=0:3:14
key env type=20 mark=94 slot=4
key environment type=20 mark=94 also=27 slot=4
key ports type=73 mark=95 slot=5 rule=4:1:15
key network type=74 mark=96 slot=6
key relay type=14 mark=97 slot=7
key workdir type=75 mark=98 slot=8
key working_dir type=75 mark=98 also=27 slot=8
key stop_signal type=76 mark=99 slot=9
key stop_timeout type=4 mark=100 slot=10
key depends_on type=79 mark=101 slot=11
key kind type=80 mark=102 slot=12
key health_check type=83 mark=108 slot=13
key healthcheck type=83 mark=108 also=27 slot=13
key wait type=91 mark=118 slot=14
key limits type=94 mark=122 slot=15
key resources type=94 mark=122 also=27 slot=15
map keys=68 item=95 min=0 max=100
text min=0 max=1000 nul=1
any
map keys=97 item=98 min=0
list item=98 min=1
map keys=97 item=100 min=0
integer min=-9007199254740992 max=9007199254740992
time
either string=103 time=103
record
key seed type=102 mark=128 slot=0
key freeze_clock type=104 mark=129 slot=1
record owns=2047f needs=401
key meta type=7 mark=8 slot=0
key test type=8 mark=10 slot=1
key room type=24 mark=16 slot=2
key steps type=60 mark=75 slot=3 rule=0:1:10
key scenario type=67 mark=87 slot=4 rule=0:1:10
key scenarios type=67 mark=88 slot=5 rule=0:1:10
key services type=96 mark=123 slot=6 rule=0:0:17
key service type=96 mark=124 slot=7 rule=0:0:17
key vars type=99 mark=125 slot=8 rendered=1
key matrix type=101 mark=126 slot=9 rendered=1
key limits type=94 mark=127 slot=10
key determinism type=105 mark=130 slot=11
]]
