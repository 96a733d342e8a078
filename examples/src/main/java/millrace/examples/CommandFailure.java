package millrace.examples;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;

/** The end of a command that cannot do what it was asked for; its message is for the user. */
public final class CommandFailure extends Exception {
  private static final long serialVersionUID = 1;

  /** A failure that is told as {@code message}. */
  public CommandFailure(String message) {
    super(message);
  }

  /** A failure that is told as {@code message}, caused by {@code cause}. */
  public CommandFailure(String message, Throwable cause) {
    super(message, cause);
  }

  /** In words, as the messages of java.nio.file's exceptions are bare paths. */
  public static CommandFailure of(IOException exception) {
    String message =
        switch (exception) {
          case NoSuchFileException missing -> missing.getFile() + ": no such file or directory";
          case AccessDeniedException denied -> denied.getFile() + ": permission denied";
          default -> String.valueOf(exception.getMessage());
        };
    return new CommandFailure(message, exception);
  }
}
