%% The work of ours.cc in Erlang.
%%
%%   erl +S N:N -noshell -run peer_erlang main BENCH SIZE
%%
%% prints "OPERATIONS WALL_NS". Timed from the first message to the last one handled.
-module(peer_erlang).
-export([main/1]).

main([Bench, Size]) ->
    {Operations, Nanos} = run(list_to_atom(Bench), list_to_integer(Size)),
    io:format("~b ~b~n", [Operations, Nanos]),
    halt(0).

timed(Operations, Work) ->
    Begin = erlang:monotonic_time(nanosecond),
    Work(),
    {Operations, erlang:monotonic_time(nanosecond) - Begin}.

%% --- One pair tells a ball to and fro.

run(pingpong, Messages) ->
    Self = self(),
    A = spawn(fun() -> player(Self) end),
    B = spawn(fun() -> player(Self) end),
    A ! {meet, B},
    B ! {meet, A},
    timed(Messages, fun() -> A ! {ball, Messages}, await(over) end);

%% --- A ball goes round a thousand.

run(ring, Messages) ->
    Self = self(),
    First = spawn(fun() -> player(Self) end),
    Last = lists:foldl(fun(_, Next) ->
                               P = spawn(fun() -> player(Self) end),
                               P ! {meet, Next},
                               P
                       end, First, lists:seq(2, 1000)),
    First ! {meet, Last},
    timed(Messages, fun() -> First ! {ball, Messages}, await(over) end);

%% --- One tells another as fast as it can.

run(count, Messages) ->
    Self = self(),
    Consumer = spawn(fun() -> consume(Self, Messages) end),
    timed(Messages, fun() ->
                            spawn(fun() -> produce(Consumer, Messages) end),
                            await(over)
                    end);

%% --- Twenty tell one.

run(contend, Messages) ->
    Self = self(),
    Each = Messages div 20,
    Consumer = spawn(fun() -> consume(Self, Each * 20) end),
    timed(Each * 20, fun() ->
                             [spawn(fun() -> produce(Consumer, Each) end)
                              || _ <- lists:seq(1, 20)],
                             await(over)
                     end);

%% --- Actors that are spawned, get one message, and end.

run(fork, Actors) ->
    Self = self(),
    Left = counters:new(1, [atomics]),
    timed(Actors, fun() ->
                          spawn(fun() -> fork(Actors, Actors, Left, Self) end),
                          await(over)
                  end);

%% --- One asks another and waits for the answer.

run(ask, Asks) ->
    Self = self(),
    Oracle = spawn(fun() -> answer(0) end),
    timed(Asks, fun() ->
                        spawn(fun() -> ask(Oracle, Asks), Self ! over end),
                        await(over)
                end);

%% --- Each of sixty-four pings one of them after the other, and waits for its pong.

run(big, Messages) ->
    Self = self(),
    Each = Messages div 64 div 2,
    All = [spawn(fun() -> big_wait(Self) end) || _ <- lists:seq(1, 64)],
    Tuple = list_to_tuple(All),
    [P ! {all, Tuple} || P <- All],
    timed(Each * 2 * 64, fun() ->
                                 [P ! {go, Each} || P <- All],
                                 [await(done) || _ <- All]
                         end);

%% --- Actors that do nothing: the runner looks at the memory of this process.

run(idle, Actors) ->
    Before = rss(),
    All = [spawn(fun() -> receive _ -> ok end end) || _ <- lists:seq(1, Actors)],
    After = rss(),
    hd(All) ! over,
    {Actors, After - Before};

%% Nothing, for so many milliseconds.

run(idlecpu, Millis) ->
    timer:sleep(Millis),
    {1, 0}.

await(What) -> receive What -> ok end.

rss() ->
    {ok, Text} = file:read_file("/proc/self/statm"),
    [_, Pages | _] = string:lexemes(binary_to_list(Text), " "),
    list_to_integer(Pages) * 4096.

player(Main) -> receive {meet, Other} -> player(Main, Other) end.
player(Main, Other) ->
    receive
        {ball, 0} -> Main ! over;
        {ball, Left} -> Other ! {ball, Left - 1}, player(Main, Other)
    end.

consume(Main, 0) -> Main ! over;
consume(Main, Left) -> receive {item, _} -> consume(Main, Left - 1) end.
produce(_, 0) -> ok;
produce(Consumer, Left) -> Consumer ! {item, Left}, produce(Consumer, Left - 1).

fork(0, _, _, _) -> ok;
fork(Left, All, Count, Main) ->
    P = spawn(fun() ->
                      receive go -> ok end,
                      counters:add(Count, 1, 1),
                      case counters:get(Count, 1) of
                          All -> Main ! over;
                          _ -> ok
                      end
              end),
    P ! go,
    fork(Left - 1, All, Count, Main).

%% As gen_server:call does it: a monitor, a message, a receive that waits for its answer.
answer(Answers) ->
    receive {question, From, Tag} -> From ! {Tag, Answers}, answer(Answers + 1) end.
ask(_, 0) -> ok;
ask(Oracle, Left) ->
    Tag = erlang:monitor(process, Oracle),
    Oracle ! {question, self(), Tag},
    receive
        {Tag, _} -> erlang:demonitor(Tag, [flush]);
        {'DOWN', Tag, _, _, Why} -> exit(Why)
    end,
    ask(Oracle, Left - 1).

%% One ping of each is on its way at any time.
big_wait(Main) -> receive {all, All} -> receive {go, Each} -> big_next(Main, All, Each, 1) end end.
big_next(Main, All, 0, _) -> Main ! done, big(Main, All, -1, 0);
big_next(Main, All, Left, Seed) ->
    Next = (Seed * 1103515245 + 12345) band 16#7fffffff,
    element((Next bsr 8) rem 64 + 1, All) ! {ping, self()},
    big(Main, All, Left - 1, Next).
big(Main, All, Left, Seed) ->
    receive
        {ping, From} -> From ! pong, big(Main, All, Left, Seed);
        pong -> big_next(Main, All, Left, Seed)
    end.
