%% The work of bench/remote/remote_bench.cc in Erlang, between two nodes of its own distribution.
%%
%%   erl … -run remote_erlang serve
%%   erl … -run remote_erlang visit NODE tell|ask|refs SIZE
%%
%% bench/remote_peers says with which flags: both nodes are named, and need no epmd.
-module(remote_erlang).
-export([serve/0, visit/1]).

-define(PAYLOAD, 64).
-define(REFS_AT_ONCE, 1000).
-define(WARM_UP, 1000).

serve() ->
    register(sink, spawn(fun() -> sink(0) end)),
    io:format("listening~n"),
    receive never -> ok end.

sink(Count) ->
    receive
        {load, Bytes} when byte_size(Bytes) =:= ?PAYLOAD -> sink(Count + 1);
        {question, From, Ref, Bytes} -> From ! {Ref, Bytes}, sink(Count);
        {count, From, Ref} -> From ! {Ref, Count}, sink(Count);
        {crowd, From, Ref, Size} ->
            From ! {Ref, [spawn(fun() -> receive never -> ok end end) || _ <- lists:seq(1, Size)]},
            sink(Count)
    end.

visit([Node, Work, Size]) ->
    Server = list_to_atom(Node),
    pong = net_adm:ping(Server),
    Sink = rpc:call(Server, erlang, whereis, [sink]),
    work(list_to_atom(Work), Sink, list_to_integer(Size)),
    halt(0).

work(tell, Sink, Size) ->
    Bytes = binary:copy(<<"x">>, ?PAYLOAD),
    Before = ask(Sink, count),
    Begin = now_nanos(),
    tell(Sink, Bytes, Size),
    Size = ask(Sink, count) - Before,
    io:format("ns_a_tell ~.3f~n", [(now_nanos() - Begin) / Size]);
work(ask, Sink, Size) ->
    Bytes = binary:copy(<<"q">>, ?PAYLOAD),
    asks(Sink, Bytes, ?WARM_UP, []),
    Nanos = lists:sort(asks(Sink, Bytes, Size, [])),
    io:format("p50_us ~.3f~np99_us ~.3f~n", [lists:nth(Size div 2, Nanos) / 1.0e3,
                                             lists:nth(Size * 99 div 100, Nanos) / 1.0e3]);
work(refs, Sink, Size) ->
    _ = crowd(Sink),
    garbage_collect(),
    Before = resident(),
    Refs = lists:append([crowd(Sink) || _ <- lists:seq(1, Size div ?REFS_AT_ONCE)]),
    garbage_collect(),
    After = resident(),
    Size = length(Refs),
    io:format("bytes_a_ref ~.3f~n", [(After - Before) / Size]).

tell(_, _, 0) -> ok;
tell(Sink, Bytes, Left) -> Sink ! {load, Bytes}, tell(Sink, Bytes, Left - 1).

asks(_, _, 0, Nanos) -> Nanos;
asks(Sink, Bytes, Left, Nanos) ->
    Ref = make_ref(),
    Begin = now_nanos(),
    Sink ! {question, self(), Ref, Bytes},
    receive {Ref, _} -> ok end,
    asks(Sink, Bytes, Left - 1, [now_nanos() - Begin | Nanos]).

ask(Sink, What) ->
    Ref = make_ref(),
    Sink ! {What, self(), Ref},
    receive {Ref, Answer} -> Answer end.

crowd(Sink) ->
    Ref = make_ref(),
    Sink ! {crowd, self(), Ref, ?REFS_AT_ONCE},
    receive {Ref, Refs} -> Refs end.

now_nanos() -> erlang:monotonic_time(nanosecond).

resident() ->
    {ok, Statm} = file:read_file("/proc/self/statm"),
    [_, Pages | _] = string:lexemes(Statm, " "),
    binary_to_integer(Pages) * 4096.
