package millrace.proactor.net;

/**
 * Who is at the other end of a UNIX connection: whoever called connect(2) or listen(2), at that
 * time, as the kernel has noted it (SO_PEERCRED, unix(7)). Numbers are those of this process'
 * namespaces.
 *
 * @param processId its process; 0 when that is of another PID namespace. The process may have ended
 *     since, and the number be another's: do not decide by it who may do what
 * @param userId its effective user
 * @param groupId its effective group
 */
public record PeerCredentials(int processId, long userId, long groupId) {}
